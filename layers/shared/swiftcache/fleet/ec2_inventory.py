"""The security groups of instances that limit who reaches them: which there are."""

from collections.abc import Sequence
from typing import Any

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

_PAGE = 100
_INSTANCE = "inst_"


class Ec2SecurityGroups:
    """Those of a VPC; `prefix` begins their names, and the instance's id follows. `client` is boto3's for EC2."""

    def __init__(self, client: Any, vpc: str, prefix: str) -> None:
        self._client = client
        self._vpc = vpc
        self._prefix = prefix

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        return self._listed(f"{_INSTANCE}*", {"NextToken": token} if token else {})

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        return self._listed(instance_id, {})[0]

    def _listed(self, names: str, after: Any) -> tuple[Sequence[CloudResource], str | None]:
        by_name = {"group-name": self._prefix + names, "vpc-id": self._vpc}
        with passing_errors_as_unavailable("the network"):
            listed = self._client.describe_security_groups(
                Filters=[{"Name": name, "Values": [value]} for name, value in by_name.items()],
                MaxResults=_PAGE,
                **after,
            )
        found = [
            CloudResource(ResourceKind.SECURITY_GROUP, group["GroupId"], group["GroupName"].removeprefix(self._prefix))
            for group in listed["SecurityGroups"]
        ]
        return found, listed.get("NextToken")
