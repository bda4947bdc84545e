"""The records of challenges in the hosted zone: TXT, and no others."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client

T = TypeVar("T")

_SERVICE = "the name service"
_TTL = 60
_PAUSE_SECONDS = 5.0
"""Between two requests. Route 53 takes 5 a second of the whole account, and creations need them: this has time."""

_TRIES = 24


class Route53Challenges:
    """`client` tries nothing again by itself. `sleep` lets so many seconds pass."""

    def __init__(self, client: "Route53Client", zone: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._zone = zone
        self._sleep = sleep

    def publish(self, records: Mapping[str, tuple[str, ...]]) -> None:
        wanted = [
            {
                "Name": name,
                "Type": "TXT",
                "TTL": _TTL,
                "ResourceRecords": [{"Value": f'"{value}"'} for value in sorted(set(values))],
            }
            for name, values in records.items()
        ]
        change = self._patiently(lambda: self._change("UPSERT", wanted))
        for _ in range(_TRIES):
            if self._patiently(lambda: self._is_in_sync(change)):
                return
            self._sleep(_PAUSE_SECONDS)
        raise DependencyUnavailable("the name servers do not have the challenge after two minutes")

    def remove(self, name: str) -> None:
        there = self._patiently(lambda: self._find(name))
        if there:
            self._patiently(lambda: self._change("DELETE", [there]))

    def _change(self, action: Literal["UPSERT", "DELETE"], records: list[Any]) -> str:
        answer = self._client.change_resource_record_sets(
            HostedZoneId=self._zone,
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record} for record in records]},
        )
        return answer["ChangeInfo"]["Id"].rpartition("/")[2]

    def _is_in_sync(self, change: str) -> bool:
        return self._client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC"

    def _find(self, name: str) -> Any:
        listed = self._client.list_resource_record_sets(
            HostedZoneId=self._zone, StartRecordName=name, StartRecordType="TXT", MaxItems="1"
        )
        # The list starts at the name, and gives the next one if ours is not there.
        found = [
            record
            for record in listed["ResourceRecordSets"]
            if record["Name"].rstrip(".") == name and record["Type"] == "TXT"
        ]
        return found[0] if found else None

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Again and again while others' requests come before ours."""
        for left in reversed(range(_TRIES)):
            try:
                with passing_errors_as_unavailable(_SERVICE):
                    return ask()
            except DependencyUnavailable:
                if not left:
                    raise
            self._sleep(_PAUSE_SECONDS)
        raise AssertionError
