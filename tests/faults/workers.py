"""Runs the matrix in several processes, each with a service of its own."""

import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.faults.cells import Cell
from tests.faults.report import Row
from tests.faults.verdict import Complaint, Kind

PATIENCE_SECONDS = 1.0


def run(cells: Sequence[Cell], workers: int) -> Iterator[tuple[Cell, list[Row]]]:
    """Each cell with its rows as soon as there are any, in any order. Workers that die leave their cells failed."""
    context = multiprocessing.get_context("spawn")
    work: Any = context.Queue()
    done: Any = context.Queue()
    for cell in [*cells, *[None] * workers]:
        work.put(cell)
    processes = [context.Process(target=_serve, args=(work, done), daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    left = list(cells)
    try:
        while left:
            alive = any(process.is_alive() for process in processes)
            try:
                cell, rows = done.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                if alive:
                    continue
                dead = (Complaint(Kind.BROKEN, "its worker died"),)
                yield from [(cell, [Row("?", cell.journey, cell.state, cell.fault, dead)]) for cell in left]
                return
            left.remove(cell)
            yield cell, rows
    finally:
        for process in processes:
            if left:
                process.terminate()
            process.join()


def _serve(work: Any, done: Any) -> None:
    """A process. It starts the service anew after a cell that failed, which may have left it in any state."""
    from tests.faults.matrix import Matrix
    from tests.statemachine.cloud import Cloud

    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    logging.disable(logging.CRITICAL)
    # As Ctrl-C does: the service ends, and with it every redis-server.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as ending, contextlib.suppress(KeyboardInterrupt):
        home = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        ending.enter_context(_silence())
        matrix: Matrix | None = None
        service = ending.enter_context(ExitStack())
        for cell in iter(work.get, None):
            if matrix is None:
                cloud = Cloud(home / str(id(cell)))
                service.callback(cloud.close)
                matrix = Matrix(cloud)
                service.callback(matrix.close)
            rows = matrix.run(cell)
            done.put((cell, rows))
            if not all(row.passed for row in rows):
                service.close()
                matrix = None


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What functions print, metrics above all, is not for who reads a table."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield
