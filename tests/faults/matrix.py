"""Runs cells on one running service."""

import traceback

from tests.faults import api
from tests.faults.cells import Cell
from tests.faults.faults import FAULTS
from tests.faults.journeys import Journey, call_of, cells_of, forget_faults
from tests.faults.pace import bearable
from tests.faults.recovering import JOURNEYS
from tests.faults.report import Row
from tests.faults.verdict import Complaint, Kind
from tests.statemachine.cloud import Cloud

BY_NAME = {journey.name: journey for journey in JOURNEYS}


def cells() -> list[Cell]:
    """All of the matrix, machine by machine, then the API. Raises LookupError for what nothing brings about."""
    return [*cells_of(list(JOURNEYS)), *api.cells()]


class Matrix:
    """Not for use by several threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._journeys: dict[str, Journey] = {}
        self._api: api.Api | None = None

    def close(self) -> None:
        if self._api:
            self._api.close()

    @property
    def api(self) -> api.Api:
        self._api = self._api or api.Api(self._cloud)
        return self._api

    def run(self, cell: Cell) -> list[Row]:
        """What came of a cell, whatever it was; of one of the API for each of its calls."""
        try:
            return self.api.run(cell) if cell.journey == api.GROUP else [self._run(cell)]
        except Exception as error:
            traceback.print_exception(error)
            machine = BY_NAME[cell.journey].machine if cell.journey in BY_NAME else api.GROUP
            return [Row(machine, cell.journey, cell.state, cell.fault, (Complaint(Kind.BROKEN, repr(error)),))]
        finally:
            forget_faults(self._cloud)

    def _run(self, cell: Cell) -> Row:
        kind = BY_NAME[cell.journey]
        journey = self._journeys.setdefault(cell.journey, kind(self._cloud))
        with bearable():
            complaints = journey.run(call_of(kind.machine, cell.state), FAULTS[cell.fault])
        return Row(kind.machine, cell.journey, cell.state, cell.fault, tuple(complaints))
