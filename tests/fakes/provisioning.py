"""The state machines that make and remove instances, as far as they are started."""

from dataclasses import dataclass, field

from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import FirstError, Target
from swiftcache.platform.errors import DependencyUnavailable


@dataclass
class FakeWorkflows:
    """`started` holds what was started, in order."""

    available: bool = True
    started: list[tuple[object, ...]] = field(default_factory=list)

    def provision(self, target: Target, member: Endpoint | None = None) -> None:
        self._start("provision", target, *([member] if member else []))

    def delete(self, target: Target, attempt: int, dns_name: str | None = None) -> None:
        self._start("delete", target, attempt, *([dns_name] if dns_name else []))

    def roll_back(self, target: Target, attempt: int, first_error: FirstError, recovery_id: str = "") -> None:
        self._start("roll_back", target, attempt, first_error, *([recovery_id] if recovery_id else []))

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        self._start("resize", target, change_id, attempt, first_error)

    def _start(self, *what: object) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.started.append(what)
