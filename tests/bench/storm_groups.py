"""EC2's security groups as the functions of a storm find them: in memory, and by the account's quotas."""

from dataclasses import dataclass, field
from typing import Any

from tests.bench.storm_account import Account, Json


@dataclass(frozen=True)
class GroupsClient:
    """What an instance's own group needs of boto3's client. `groups` are by their names."""

    account: Account
    groups: dict[str, Json] = field(default_factory=dict)

    def describe_security_groups(self, **request: Any) -> Json:
        self._call("DescribeSecurityGroups")
        [names] = [wanted["Values"] for wanted in request["Filters"] if wanted["Name"] == "group-name"]
        return {"SecurityGroups": [dict(self.groups[name]) for name in names if name in self.groups]}

    def create_security_group(self, **request: Any) -> Json:
        self._call("CreateSecurityGroup")
        name = request["GroupName"]
        everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        self.groups[name] = {"GroupId": name, "IpPermissions": [], "IpPermissionsEgress": everywhere}
        return {"GroupId": name}

    def authorize_security_group_ingress(self, **request: Any) -> Json:
        self._call("AuthorizeSecurityGroupIngress")
        self.groups[request["GroupId"]]["IpPermissions"] = request["IpPermissions"]
        return {}

    def revoke_security_group_egress(self, **request: Any) -> Json:
        self._call("RevokeSecurityGroupEgress")
        self.groups[request["GroupId"]]["IpPermissionsEgress"] = []
        return {}

    def delete_security_group(self, **request: Any) -> Json:
        self._call("DeleteSecurityGroup")
        del self.groups[request["GroupId"]]
        return {}

    def _call(self, operation: str) -> None:
        self.account.call("ec2", operation)


class Connections:
    """Nobody is connected to an instance that is being made."""

    def close_others(self, organization_id: str, instance_id: str) -> None:
        return None
