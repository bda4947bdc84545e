"""Security groups in EC2. What is made there may take a moment to be seen, and what is in use cannot be deleted."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from swiftcache.instances.model import REDIS_PORT
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

_SERVICE = "the network"
_EVERYWHERE: dict[str, Any] = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
"""What EC2 lets out of a new group by itself. What goes out is the business of the group that every task has."""

_OTHERS = ("Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
"""What a rule may be for besides networks of IPv4."""

_AGAIN = {
    "DependencyViolation": "is still that of a task",
    "InvalidGroup.Duplicate": "has just been made",
    "InvalidGroup.NotFound": "has just been made or deleted",
    "InvalidPermission.Duplicate": "has just been changed",
    "InvalidPermission.NotFound": "has just been changed",
    "SecurityGroupLimitExceeded": "cannot be made: the account has as many as it may",
}
"""What passes, and why."""


class Ec2SecurityGroups:
    """Those of a VPC; `prefix` begins their names, and the instance's id follows. `stack` is what they are tagged with,
    by which our policy knows them. `client` is boto3's for EC2."""

    def __init__(self, client: Any, vpc: str, prefix: str, stack: str) -> None:
        self._client = client
        self._vpc = vpc
        self._prefix = prefix
        self._stack = stack

    def make_equal(self, instance_id: str, cidrs: Sequence[str]) -> str:
        with _passing():
            found = self._find(instance_id) or self._create(instance_id)
            group: str = found["GroupId"]
            right, wrong = _sorted(found["IpPermissions"], cidrs)
            if missing := [cidr for cidr in cidrs if cidr not in right]:
                self._client.authorize_security_group_ingress(GroupId=group, IpPermissions=[_letting_in(missing)])
            if wrong:
                self._client.revoke_security_group_ingress(GroupId=group, IpPermissions=wrong)
            if found["IpPermissionsEgress"]:
                self._client.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])
            return group

    def delete(self, instance_id: str) -> None:
        with _passing():
            if (found := self._find(instance_id)) is None:
                return
            try:
                self._client.delete_security_group(GroupId=found["GroupId"])
            except ClientError as error:
                if code_of(error) != "InvalidGroup.NotFound":
                    raise

    def _find(self, instance_id: str) -> Any | None:
        by_name = {"group-name": self._prefix + instance_id, "vpc-id": self._vpc}
        answer = self._client.describe_security_groups(
            Filters=[{"Name": name, "Values": [value]} for name, value in by_name.items()]
        )
        return next(iter(answer["SecurityGroups"]), None)

    def _create(self, instance_id: str) -> Any:
        tags = {"swiftcache:stack": self._stack, "swiftcache:instance": instance_id}
        made = self._client.create_security_group(
            GroupName=self._prefix + instance_id,
            Description="Who reaches this instance, in place of the clients of its stack",
            VpcId=self._vpc,
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": [{"Key": name, "Value": value} for name, value in tags.items()],
                }
            ],
        )
        # In a VPC with IPv6 it lets out there too.
        unseen = {"GroupId": made["GroupId"], "IpPermissions": [], "IpPermissionsEgress": [_EVERYWHERE]}
        return self._find(instance_id) or unseen


def _sorted(permissions: Sequence[Mapping[str, Any]], cidrs: Sequence[str]) -> tuple[set[str], list[Any]]:
    """Those of the networks that are let in already, and the rules that let in others, or to other ports."""
    right: set[str] = set()
    wrong: list[Any] = []
    for permission in permissions:
        ours = (permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"))
        wanted = cidrs if ours == ("tcp", REDIS_PORT, REDIS_PORT) else ()
        ranges = [found for found in permission.get("IpRanges", []) if found["CidrIp"] not in wanted]
        right |= {found["CidrIp"] for found in permission.get("IpRanges", [])} & set(wanted)
        if ranges or any(permission.get(kind) for kind in _OTHERS):
            wrong.append({**permission, "IpRanges": ranges})
    return right, wrong


def _letting_in(cidrs: Sequence[str]) -> Any:
    ranges = [{"CidrIp": cidr, "Description": "Allowed by the owner of the instance"} for cidr in cidrs]
    return {"IpProtocol": "tcp", "FromPort": REDIS_PORT, "ToPort": REDIS_PORT, "IpRanges": ranges}


@contextmanager
def _passing() -> Iterator[None]:
    try:
        with passing_errors_as_unavailable(_SERVICE):
            yield
    except ClientError as error:
        if (why := _AGAIN.get(code_of(error))) is None:
            raise
        raise DependencyUnavailable(f"the security group {why}") from error
