"""A hosted zone of Route 53."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.dns.model import RecordSet
from swiftcache.dns.ports import ChangeRefused, ZoneBusy
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client
    from types_boto3_route53.type_defs import ChangeTypeDef

_SERVICE = "the name service"
_BUSY = frozenset({"PriorRequestNotComplete", "Throttling", "ThrottlingException"})
_NAMED = re.compile(r"name='([^']+?)\.?'")
"""How Route 53 names the record sets that it objects to."""

_ABSENT = re.compile(r"name='([^']+?)\.?'[^,]*, type='A'\] but it was not found")


class Route53Zone:
    """`client` must not try anything again by itself: the requests are counted."""

    def __init__(self, client: "Route53Client", zone: str) -> None:
        self._client = client
        self._zone = zone

    def upsert(self, wanted: Mapping[str, RecordSet]) -> str:
        return self._change("UPSERT", wanted)

    def delete(self, there: Mapping[str, RecordSet]) -> str:
        return self._change("DELETE", there)

    def find(self, hostname: str) -> RecordSet | None:
        with _errors():
            listed = self._client.list_resource_record_sets(
                HostedZoneId=self._zone, StartRecordName=hostname, StartRecordType="A", MaxItems="1"
            )
        # The list starts at the name, and gives the next one if ours is not there.
        for record in listed["ResourceRecordSets"]:
            if record["Name"].rstrip(".") == hostname and record["Type"] == "A":
                return RecordSet(tuple(one["Value"] for one in record["ResourceRecords"]), int(record["TTL"]))
        return None

    def is_in_sync(self, change_id: str) -> bool:
        with _errors():
            return self._client.get_change(Id=change_id)["ChangeInfo"]["Status"] == "INSYNC"

    def _change(self, action: Any, records: Mapping[str, RecordSet]) -> str:
        changes: list[ChangeTypeDef] = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": hostname,
                    "Type": "A",
                    "TTL": record.ttl,
                    "ResourceRecords": [{"Value": address} for address in record.addresses],
                },
            }
            for hostname, record in records.items()
        ]
        with _errors():
            answer = self._client.change_resource_record_sets(HostedZoneId=self._zone, ChangeBatch={"Changes": changes})
        return answer["ChangeInfo"]["Id"].rpartition("/")[2]


@contextmanager
def _errors() -> Iterator[None]:
    try:
        with passing_errors_as_unavailable(_SERVICE), _busy():
            yield
    except ClientError as error:
        message = str(error.response["Error"].get("Message", ""))
        raise ChangeRefused(code_of(error), message, _NAMED.findall(message), _ABSENT.findall(message)) from error


@contextmanager
def _busy() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) in _BUSY:
            raise ZoneBusy(str(error)) from error
        raise
