"""Rollouts and the fleet that they read, in memory. tests/contract holds both to what the adapters do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import RecordChanged
from swiftcache.rollouts.model import Rollout
from tests.fakes.instances import FakeInstances


@dataclass
class FakeRollouts:
    stored: Rollout | None = None
    kept: list[Rollout] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)

    def current(self) -> Rollout | None:
        return self.stored

    def ended(self) -> Sequence[Rollout]:
        return sorted(self.kept, key=lambda rollout: (rollout.started_at, rollout.id), reverse=True)

    def store(self, rollout: Rollout, audit: AuditEntry | None = None) -> Rollout:
        self._check(rollout)
        self.stored = replace(rollout, revision=rollout.revision + 1)
        self.audit += [audit] if audit else []
        return self.stored

    def reopen(self, rollout: Rollout, audit: AuditEntry) -> Rollout:
        left = [one for one in self.kept if one.id != rollout.id]
        if self.stored is not None or left == self.kept:
            raise RecordChanged("somebody else is at work on the rollout")
        self.kept, self.stored = left, replace(rollout, revision=rollout.revision + 1)
        self.audit.append(audit)
        return self.stored

    def end(self, rollout: Rollout) -> None:
        self._check(rollout)
        self.stored = None
        self.kept.append(rollout)

    def _check(self, rollout: Rollout) -> None:
        found = (self.stored.id, self.stored.revision) if self.stored else None
        if found != ((rollout.id, rollout.revision) if rollout.revision else None):
            raise RecordChanged("somebody else is at work on the rollout")


@dataclass
class FakeLasting:
    instances: FakeInstances

    def lasting(self) -> Iterator[Instance]:
        for instance in list(self.instances.stored.values()):
            if instance.status in (Status.RUNNING, Status.ERROR):
                yield instance
