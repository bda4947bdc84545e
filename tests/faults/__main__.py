"""The fault matrix: every call of every state machine, and of the API, with everything that can happen to it.

    make faults [ARGS="words of a cell's name"]

It prints a table and writes `.swiftcache/faults.json`; it ends with 1 unless every cell ended as it must.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from tests.faults import report, workers
from tests.faults.cells import Cell
from tests.faults.matrix import cells
from tests.faults.report import Row

LINE_EVERY_SECONDS = 15
"""How often there is a line of progress where it cannot be written over."""


class Progress:
    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = 0
        self._began = self._told = time.monotonic()

    def add(self, rows: list[Row]) -> None:
        self._done += 1
        for row in rows:
            if not row.passed:
                self._failed += 1
                self._say(f"{report.BAD} {row}: {'; '.join(map(str, row.complaints))}")
        line = f"{self._done} of {self._total} cells, {self._failed} failed, {self.seconds:.0f} s"
        if sys.stderr.isatty():
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._told > LINE_EVERY_SECONDS:
            self._told = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @staticmethod
    def _say(line: str) -> None:
        print(f"\r{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description="The fault matrix.")
    parser.add_argument("words", nargs="*", help="run only cells with all these words in their name")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; one for each core")
    given = parser.parse_args()
    wanted = [cell for cell in cells() if all(word in str(cell) for word in given.words)]
    if not wanted:
        parser.error(f"no cell has {' and '.join(given.words)} in its name, such as {cells()[0]}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress = Progress(len(wanted))
    print(f"{len(wanted)} cells in {given.workers} processes", file=sys.stderr, flush=True)
    by_cell: dict[Cell, list[Row]] = {}
    for cell, rows in workers.run(wanted, given.workers):
        progress.add(rows)
        by_cell[cell] = rows
    found = [row for cell in wanted for row in by_cell[cell]]
    target = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache")) / "faults.json"
    report.write(target, found, progress.seconds)
    figures = report.summary(found)
    print(report.table(found))
    print(
        f"\n{figures['passed']} of {figures['cells']} cells ended as they must, in {progress.seconds:.0f} s; "
        f"{figures['leaks']} leaks, {figures['lost_causes']} lost causes; wrote {target}"
    )
    return 0 if figures["passed"] == figures["cells"] else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
