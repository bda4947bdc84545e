"""Instances with a serving task, and whoever maintains them, on fakes and a clock that tests move."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from swiftcache.access.audit import Action
from swiftcache.changes.replacement import ReplacementService
from swiftcache.instances.change import Change, ChangeReason, ChangeStatus
from swiftcache.instances.failure import Failure
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.maintenance.keeping import MaintenanceKeeper, MaintenancePass
from swiftcache.maintenance.service import MaintenanceService
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.maintenance import FakeMaintenance
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance

SUNDAYS = MaintenanceWindow("03:00", 4, Day.SUNDAY)
OPENS = "2026-01-04T03:00:00.000Z"
"""The next time, two days from NOW, which is a Friday; then a week later."""

AGAIN = "2026-01-11T03:00:00.000Z"
DEADLINE = NOW + timedelta(days=21)
TASK, OTHER_TASK = "arn:task/1", "arn:task/2"
FAILURE = Failure("REPLACE_FAILED", "It did not start.", "DescribeNewTask", "keep-1")


class World:
    def __init__(self) -> None:
        self.time = NOW
        self.passes = 0
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        before = self.accounts.membership(ORGANIZATION)
        assert before is not None
        roomy = replace(before.organization, limits=replace(before.organization.limits, instances=1_000, memory=2**50))
        self.accounts.save(before, replace(before, organization=roomy), an_entry(Action.ORGANIZATION_CHANGED))
        self.instances = FakeInstances(self.accounts)
        self.record = FakeMaintenance(self.instances)
        self.replacements = ReplacementService(
            self.instances, FakeConfigurationStore(self.instances), lambda: self.time
        )
        self.service = MaintenanceService(self.instances, self.record, self.replacements, lambda: self.time)
        self.keeper = MaintenanceKeeper(self.record, self.instances, self.replacements, lambda: self.time)

    def running(self, **different: Any) -> Instance:
        where = {"endpoint": Endpoint("203.0.113.10", 6379, TASK), "maintenance_window": SUNDAYS}
        instance = an_instance(**{"status": Status.RUNNING} | where | different)
        self.instances.create(instance, an_entry(id=f"audit_{instance.id}"))
        return instance

    def require(
        self,
        instance_id: str = "inst_a1",
        reason: ChangeReason = ChangeReason.IMAGE,
        deadline: datetime = DEADLINE,
        **given: Any,
    ) -> Instance:
        found = self.service.require(ORGANIZATION, instance_id, reason, deadline, "finder-1", **given)
        assert found is not None
        return found

    def run(self) -> MaintenancePass:
        """The next pass: each has a request id of its own."""
        self.passes += 1
        return self.keeper.run(f"keep-{self.passes}", self.time + timedelta(seconds=50))

    def found(self, instance_id: str = "inst_a1") -> Instance:
        found = self.instances.get(ORGANIZATION, instance_id)
        assert found is not None
        return found

    def at(self, moment: str) -> None:
        self.time = datetime.fromisoformat(moment)

    def becomes(self, instance_id: str = "inst_a1", **different: Any) -> None:
        self.instances.stored[ORGANIZATION, instance_id] = replace(self.found(instance_id), **different)

    def replaced(self, instance_id: str = "inst_a1") -> None:
        """Another task has taken over."""
        self.becomes(
            instance_id,
            change=replace(self.change(instance_id), status=ChangeStatus.SUCCEEDED),
            endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK),
        )

    def not_replaced(self, instance_id: str = "inst_a1") -> None:
        failed = replace(self.change(instance_id), status=ChangeStatus.FAILED, failure=FAILURE)
        self.becomes(instance_id, change=failed)

    def change(self, instance_id: str = "inst_a1") -> Change:
        change = self.found(instance_id).change
        assert change is not None
        return change

    def told(self, action: Action) -> list[dict[str, Any]]:
        return [dict(entry.details) for entry in self.accounts.audit if entry.action is action]
