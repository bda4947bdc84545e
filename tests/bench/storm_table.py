"""The table of a storm, as far as its writes keep each other out: transactions on one item do, single writes wait."""

from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.table import DynamoDBInstances
from tests.bench import stage_times as stages
from tests.bench.stage_times import Times
from tests.bench.storm_scheduler import Scheduler
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW


class Table:
    """A client of DynamoDB. A transaction has its items from its beginning to its end; conditions are taken as met.

    `refused` counts calls that met a transaction, by operation.
    """

    def __init__(self, times: Times, scheduler: Scheduler) -> None:
        self.refused: Counter[str] = Counter()
        self._times = times
        self._scheduler = scheduler
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._taken: set[tuple[str, str]] = set()

    def get_item(self, **request: Any) -> dict[str, Any]:
        self._sleep()
        found = self._items.get(_place(request["Key"]))
        return {"Item": found} if found else {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        if _place(request["Key"]) in self._taken:
            self._sleep()
            self.refused["UpdateItem"] += 1
            raise ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem")
        self._sleep()
        return {}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        writes = [one for write in request["TransactItems"] for one in write.items()]
        places = [_place(write["Item"] if kind == "Put" else write["Key"]) for kind, write in writes]
        reasons = [{"Code": "TransactionConflict" if place in self._taken else "None"} for place in places]
        if not self._taken.isdisjoint(places):
            self._sleep()
            self.refused["TransactWriteItems"] += 1
            error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(error, "TransactWriteItems")
        self._taken.update(places)
        # It prepares each item, then it commits.
        self._sleep()
        self._sleep()
        self._taken.difference_update(places)
        for place, (kind, write) in zip(places, writes, strict=True):
            if kind == "Put":
                self._items[place] = write["Item"]
            elif kind == "Delete":
                del self._items[place]
        return {}

    def put(self, instance: Instance) -> None:
        """It is there already."""
        item = instance_item(instance)
        self._items[_place(item)] = item

    def _sleep(self) -> None:
        self._scheduler.sleep(self._times.of(stages.CALLS["dynamodb"]))


class CountedInstances(FakeInstances):
    """The record, whose creations and removals change their organization's item too, as the real one has them do."""

    def __init__(self, table: Any, stored: dict[tuple[str, str], Instance]) -> None:
        super().__init__(FakeAccounts(), stored)
        self._table = DynamoDBInstances(table, "table", lambda: NOW)

    def create(self, instance: Instance, audit: AuditEntry) -> None:
        self._table.create(instance, audit)
        self.stored[instance.organization_id, instance.id] = instance

    def remove(self, organization_id: str, instance_id: str, removed: RemovedResources, at: str) -> None:
        self._table.remove(organization_id, instance_id, removed, at)
        if (organization_id, instance_id) in self.stored:
            del self.stored[organization_id, instance_id]


def _place(key: dict[str, Any]) -> tuple[str, str]:
    return key["PK"]["S"], key["SK"]["S"]
