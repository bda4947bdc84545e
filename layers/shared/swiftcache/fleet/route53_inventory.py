"""The A records of instances in the hosted zone, each under the domain that its instance was made under."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.instances.model import is_instance_id
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client

_SERVICE = "the name service"

PAUSE_SECONDS = 1.0
"""Before each further page. Route 53 takes 5 requests a second of an account, and creations need them."""


class Route53Records:
    def __init__(self, client: "Route53Client", zone: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._zone = zone
        self._sleep = sleep

    def page(self, domains: Sequence[str], token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        """One domain after the other. A token is `<domain>/<name>`: between two pages a domain may have come or gone.

        Route 53 lists by the names' labels from the last to the first: ours lie together, behind their suffix.
        """
        if token:
            self._sleep(PAUSE_SECONDS)
        domain, _, start = (token or f"{domains[0]}/").partition("/")
        suffix = f".redis.{domain}"
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_resource_record_sets(
                HostedZoneId=self._zone, StartRecordName=start or suffix[1:], MaxItems="300"
            )
        names = [one["Name"].rstrip(".") for one in listed["ResourceRecordSets"] if one["Type"] == "A"]
        owners = [(name, _owner(name, suffix)) for name in names]
        found = [CloudResource(ResourceKind.DNS_RECORD, name, owner) for name, owner in owners if owner]
        following = listed.get("NextRecordName", "").rstrip(".") if listed["IsTruncated"] else ""
        if following.endswith(suffix):
            return found, f"{domain}/{following}"
        return found, next((f"{later}/" for later in sorted(domains) if later > domain), None)

    def named(self, dns_name: str, instance_id: str) -> Sequence[CloudResource]:
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_resource_record_sets(
                HostedZoneId=self._zone, StartRecordName=dns_name, StartRecordType="A", MaxItems="1"
            )
        names = [one["Name"].rstrip(".") for one in listed["ResourceRecordSets"] if one["Type"] == "A"]
        return [CloudResource(ResourceKind.DNS_RECORD, dns_name, instance_id)] if dns_name in names else []


def _owner(name: str, suffix: str) -> str | None:
    owner = f"inst_{name.removesuffix(suffix)}"
    return owner if name.endswith(suffix) and is_instance_id(owner) else None
