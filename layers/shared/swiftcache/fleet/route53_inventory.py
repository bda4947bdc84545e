"""The A records of instances in the hosted zone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.instances.model import hostname_of, is_instance_id
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client

_SERVICE = "the name service"

PAUSE_SECONDS = 1.0
"""Before each further page. Route 53 takes 5 requests a second of an account, and creations need them."""


class Route53Records:
    """`domain` is the one under which instances have their names."""

    def __init__(self, client: "Route53Client", zone: str, domain: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._zone = zone
        self._domain = domain
        self._suffix = f".redis.{domain}"
        self._sleep = sleep

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        """Route 53 lists by the names' labels from the last to the first: ours lie together, behind their suffix."""
        if token:
            self._sleep(PAUSE_SECONDS)
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_resource_record_sets(
                HostedZoneId=self._zone, StartRecordName=token or self._suffix[1:], MaxItems="300"
            )
        names = [one["Name"].rstrip(".") for one in listed["ResourceRecordSets"] if one["Type"] == "A"]
        found = [CloudResource(ResourceKind.DNS_RECORD, name, owner) for name in names if (owner := self._owner(name))]
        following = listed.get("NextRecordName", "").rstrip(".") if listed["IsTruncated"] else ""
        return found, following if following.endswith(self._suffix) else None

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        name = hostname_of(instance_id, self._domain)
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_resource_record_sets(
                HostedZoneId=self._zone, StartRecordName=name, StartRecordType="A", MaxItems="1"
            )
        names = [one["Name"].rstrip(".") for one in listed["ResourceRecordSets"] if one["Type"] == "A"]
        return [CloudResource(ResourceKind.DNS_RECORD, name, instance_id)] if name in names else []

    def _owner(self, name: str) -> str | None:
        owner = f"inst_{name.removesuffix(self._suffix)}"
        return owner if name.endswith(self._suffix) and is_instance_id(owner) else None
