"""Route 53 as the writer of records sees it in a storm, and how it is started and tells who waits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from swiftcache.callbacks.service import CallbackService
from swiftcache.dns.model import RecordChange, Result
from swiftcache.dns.telling import WORKERS, tell_one
from tests.bench import stage_times as stages
from tests.bench.storm_account import Account, client_error
from tests.bench.storm_signals import together
from tests.bench.storm_zone import InvalidChangeBatch, Zone


@dataclass(frozen=True)
class Route53Client:
    """What the writer uses of boto3's client, without tries of its own, on the account's clock and quotas."""

    account: Account
    zone: Zone

    def change_resource_record_sets(self, **request: Any) -> Mapping[str, object]:
        operation = "ChangeResourceRecordSets"
        self._request(operation)
        changes = [
            (change["Action"], change["ResourceRecordSet"]["Name"], _values(change["ResourceRecordSet"]))
            for change in request["ChangeBatch"]["Changes"]
        ]
        try:
            change_id = self.zone.change(changes)
        except InvalidChangeBatch as error:
            raise client_error(operation, "InvalidChangeBatch", str(error)) from error
        return {"ChangeInfo": {"Id": f"/change/{change_id}", "Status": "PENDING"}}

    def get_change(self, **request: Any) -> Mapping[str, object]:
        self._request("GetChange")
        return {"ChangeInfo": {"Status": "INSYNC" if self.zone.in_sync(request["Id"]) else "PENDING"}}

    def list_resource_record_sets(self, **request: Any) -> Mapping[str, object]:
        self._request("ListResourceRecordSets")
        name = request["StartRecordName"]
        values = [{"Value": value} for value in self.zone.records.get(name, ())]
        found = {"Name": f"{name}.", "Type": "A", "TTL": 5, "ResourceRecords": values}
        return {"ResourceRecordSets": [found] if values else []}

    def _request(self, operation: str) -> None:
        if refusal := self.account.request("route53", operation, stages.CALLS["route53"]):
            raise client_error(operation, refusal.code, refusal.message)


def _values(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value["Value"] for value in record["ResourceRecords"])


@dataclass(frozen=True)
class WriterStart:
    """Lambda's asynchronous invocation."""

    account: Account

    def start(self) -> None:
        self.account.scheduler.spawn(partial(self.account.invoke, "WriteRecordsFunction", {}))


@dataclass(frozen=True)
class Teller:
    """As ParallelTeller, with processes in the place of threads."""

    account: Account
    callbacks: Callable[[], CallbackService]

    def __call__(self, results: Sequence[Result]) -> Sequence[RecordChange]:
        works = [partial(tell_one, self.callbacks(), result) for result in results]
        told = together(self.account.scheduler, works, WORKERS)
        return [result.change for result, done in zip(results, told, strict=True) if done]
