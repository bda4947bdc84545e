"""Runs cells on one running service."""

import os
import traceback

from tests.faults.cells import Cell
from tests.faults.drivers import JOURNEYS
from tests.faults.faults import FAULTS
from tests.faults.journeys import Journey, call_of, cells_of, forget_faults
from tests.faults.report import Row
from tests.faults.verdict import Complaint, Kind
from tests.statemachine.cloud import SPEED, Cloud, FastClock

SLOWEST = 8
"""How many times faster than real time the machines' time is at least, however busy the computer is."""

BY_NAME = {journey.name: journey for journey in JOURNEYS}


def cells() -> list[Cell]:
    """All of the matrix, machine by machine. Raises LookupError for what no journey comes to."""
    return cells_of(list(JOURNEYS))


class Matrix:
    """Not for use by several threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._journeys: dict[str, Journey] = {}

    def run(self, cell: Cell) -> list[Row]:
        FastClock.speed = bearable_speed()
        kind = BY_NAME[cell.journey]
        journey = self._journeys.setdefault(cell.journey, kind(self._cloud))
        try:
            complaints = journey.run(call_of(kind.machine, cell.state), FAULTS[cell.fault])
        except Exception as error:
            traceback.print_exception(error)
            complaints = [Complaint(Kind.BROKEN, repr(error))]
        finally:
            forget_faults(self._cloud)
            FastClock.speed = SPEED
        return [Row(kind.machine, cell.journey, cell.state, cell.fault, tuple(complaints))]


def bearable_speed() -> float:
    """As fast as this computer can follow: what takes it real time is multiplied by this for the machines."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(SLOWEST, SPEED / max(1.0, waiting))
