"""A cross-section of the fault matrix: each call once, each time with another fault. `make faults` runs all of it."""

from collections.abc import Iterator
from itertools import cycle

import pytest

from swiftcache.api.routes import BACKUPS
from tests.faults import api
from tests.faults.cells import Cell, calls
from tests.faults.faults import FAULTS, seconds_to_time_out
from tests.faults.journeys import cells_of
from tests.faults.matrix import Matrix
from tests.faults.recovering import JOURNEYS
from tests.faults.routes import REQUESTS

LONGEST_TIME_OUT_SECONDS = 120
"""Of the machines' time. A call that takes longer to time out is tried with that in `make faults` alone."""


def cross_section() -> Iterator[Cell]:
    """Always the same cells, until there are other calls. A call that several journeys come by is in the first."""
    faults = cycle(FAULTS)
    machines = {journey.name: journey.machine for journey in JOURNEYS}
    lasting = {
        (machine, call.state): seconds_to_time_out(call) for machine in machines.values() for call in calls(machine)
    }
    first: dict[tuple[str, str], str] = {}
    for cell in cells_of(list(JOURNEYS)):
        first.setdefault((machines[cell.journey], cell.state), cell.journey)
    for of, journey in first.items():
        fault = next(faults)
        if fault == "times-out" and lasting[of] > LONGEST_TIME_OUT_SECONDS:
            fault = next(faults)
        yield Cell(journey, of[1], fault)


def group_of(journey: str) -> str:
    """One worker runs a whole group, since starting the service takes longer than most cells."""
    return "faults-resize" if journey.startswith("resize") else "faults"


CELLS = [
    pytest.param(cell, id=str(cell), marks=pytest.mark.xdist_group(group_of(cell.journey))) for cell in cross_section()
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_call_is_outlived_or_ends_with_its_cause(matrix: Matrix, cell: Cell) -> None:
    [row] = matrix.run(cell)
    assert not row.complaints, "\n".join(map(str, row.complaints))


ASKED_OF_A_BACKUP = (f"POST {BACKUPS}/{{backupId}}/plan", f"POST {BACKUPS}/{{backupId}}/download")
"""Requests that change least, and need longest until there is what they ask for."""


@pytest.mark.xdist_group("faults-api")
@pytest.mark.parametrize(
    ("number", "name"), [(number, name) for number, name in enumerate(REQUESTS) if name not in ASKED_OF_A_BACKUP]
)
def test_a_request_is_done_once_though_its_function_died(matrix: Matrix, number: int, name: str) -> None:
    reference = matrix.api.reference(name)
    # Before or after the last write or a neighbour of it: there the most can go wrong.
    call = max(0, _last_write(reference.calls) - number % 2)
    row = matrix.api.one(name, reference, call, api.MOMENTS[number // 2 % 2])
    assert not row.complaints, "\n".join(map(str, row.complaints))


def _last_write(calls: list[str]) -> int:
    writes = [number for number, call in enumerate(calls) if call not in ("GetItem", "Query", "Encrypt")]
    return writes[-1]
