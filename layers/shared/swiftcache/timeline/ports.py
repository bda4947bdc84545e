"""What a timeline is read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from swiftcache.timeline.model import OperationKind, WorkflowRecord


@dataclass(frozen=True, slots=True)
class Creation:
    """A creation that came to RUNNING at the time `at`, after so many seconds. `claimed`: it began with a member."""

    instance_id: str
    at: str
    seconds: float
    claimed: bool = False


class Creations(Protocol):
    """How long creations took, in every organization, for a week. Those with a member of the warm pool are apart."""

    def add(self, creation: Creation) -> None:
        """Adding the same again changes nothing."""

    def recent(self, limit: int, *, claimed: bool = False) -> Sequence[float]:
        """The seconds of the latest of this kind, in one read."""


class Histories(Protocol):
    def read(self, kind: "OperationKind", name: str) -> "WorkflowRecord | None":
        """What the execution of this name kept of itself; None if there was none. Not of what happened just now."""
