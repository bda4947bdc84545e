"""The ports of changing an instance, in memory. tests/contract holds the record to what its adapter does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from swiftcache.access.audit import AuditEntry
from swiftcache.configuration.model import Configuration, finished
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged, RedisBusy
from tests.fakes.instances import FakeInstances


@dataclass
class FakeConfigurationStore:
    instances: FakeInstances

    def store(self, before: Instance, after: Instance, audit: AuditEntry) -> None:
        found = self.instances.get(before.organization_id, before.id)
        if found is None or _decisive(found) != _decisive(before):
            raise RecordChanged(f"{before.id} was changed")
        self.instances.accounts.use(before.organization_id, 0, after.reserved_memory - before.reserved_memory)
        self._store(
            replace(after, configuration_runs=found.configuration_runs, applied_revision=found.applied_revision)
        )
        self.instances.accounts.audit.append(audit)

    def begin_run(self, organization_id: str, instance_id: str, run: str) -> Instance | None:
        found = self.instances.get(organization_id, instance_id)
        if found is None:
            return None
        if found.status is not Status.RUNNING and not (found.status is Status.PROVISIONING and found.claimed):
            return None
        return self._store(replace(found, configuration_runs=found.configuration_runs | {run}))

    def end_run(self, applied: Instance, runs: frozenset[str], at: str) -> bool:
        found = self.instances.get(applied.organization_id, applied.id)
        if found is None or _decisive(found) != _decisive(applied):
            return False
        self._store(replace(finished(found, at), configuration_runs=found.configuration_runs - runs))
        return True

    def end_claim(self, applied: Instance, hostname: str, runs: frozenset[str], at: str) -> bool:
        endpoint = applied.endpoint
        assert endpoint
        if not self.end_run(applied, runs, at):
            return False
        self.instances.mark_running(applied.organization_id, applied.id, hostname, endpoint, at)
        return True

    def _store(self, instance: Instance) -> Instance:
        self.instances.stored[instance.organization_id, instance.id] = instance
        return instance


def _decisive(instance: Instance) -> Instance:
    """All but what runs note."""
    return replace(instance, configuration_runs=frozenset(), applied_revision=0)


@dataclass
class FakeRedisControl:
    """`applied` holds what was applied, in order, and where; `shut` where Redis was ended.

    `closed` holds where connections were closed, and from which networks they were not."""

    available: bool = True
    busy: bool = False
    applied: list[tuple[Endpoint, Configuration]] = field(default_factory=list)
    shut: list[Endpoint] = field(default_factory=list)
    closed: list[tuple[Endpoint, tuple[str, ...]]] = field(default_factory=list)

    def apply(self, endpoint: Endpoint, hostname: str, password: str, configuration: Configuration) -> None:
        if not self.available:
            raise DependencyUnavailable(f"{hostname} gave ConnectionError")
        if self.busy:
            raise RedisBusy("a script that has written does not end")
        self.applied.append((endpoint, configuration))

    def close_others(self, endpoint: Endpoint, hostname: str, password: str, cidrs: Sequence[str]) -> None:
        if not self.available:
            raise DependencyUnavailable(f"{hostname} gave ConnectionError")
        self.closed.append((endpoint, tuple(cidrs)))

    def shut_down(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        self.shut.append(endpoint)


@dataclass
class FakeConfigureTrigger:
    """`asked` holds whose configuration was asked for, in order."""

    available: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)

    def start(self, organization_id: str, instance_id: str) -> None:
        if not self.available:
            raise DependencyUnavailable("the configuration of instances is busy")
        self.asked.append((organization_id, instance_id))

    def configure(self, organization_id: str, instance_id: str) -> bool:
        self.asked.append((organization_id, instance_id))
        return self.available


@dataclass
class FakeAgeing:
    instances: FakeInstances

    def older_than(self, at: str) -> Iterator[Instance]:
        for instance in list(self.instances.stored.values()):
            made = instance.control_password_at or instance.created_at
            if instance.status is Status.RUNNING and made < at:
                yield instance

    def note_renewal(self, organization_id: str, instance_id: str, at: str) -> None:
        found = self.instances.get(organization_id, instance_id)
        if found:
            self.instances.stored[organization_id, instance_id] = replace(found, control_password_at=at)


@dataclass
class FakeDue:
    instances: FakeInstances

    def due(self, by: str) -> Iterator[Instance]:
        for instance in self.instances.stored.values():
            at = instance.expires_at
            expiring = at is not None and at <= by and instance.status is not Status.DELETING
            unconfigured = instance.status is Status.RUNNING and (
                instance.revision != instance.applied_revision
                or bool(instance.configuration_runs)
                or instance.key_rules != KEY_RULES
            )
            unlimited = instance.status is Status.RUNNING and not instance.networks_in_force
            final = instance.final_backup if instance.awaits_final_backup else None
            if expiring or unconfigured or unlimited or (final and final.is_overdue(datetime.fromisoformat(by))):
                yield instance
