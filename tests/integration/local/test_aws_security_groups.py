"""Who reaches a task follows the security groups that moto keeps, from the moment at which they change."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.networks.vpc import NotPossibleError, Vpc
from tests.integration.local.aws_cluster import Cluster, address_of
from tests.integration.local.aws_stack import started
from tests.knocks import OPEN, REFUSED, SILENT, knock

SERVE = "exec redis-server --bind $SWIFTCACHE_TASK_ADDRESS --port $SWIFTCACHE_TASK_PORT --save '' --protected-mode no"


@pytest.fixture(scope="module")
def vpc() -> Iterator[Vpc]:
    try:
        made = Vpc()
    except NotPossibleError as reason:
        pytest.skip(f"strangers cannot be kept out here: {reason}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def cluster(vpc: Vpc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("home"), vpc=vpc) as stack:
        yield Cluster(stack)


def group(cluster: Cluster, name: str) -> str:
    [vpc] = [found["VpcId"] for found in cluster.ec2.describe_vpcs()["Vpcs"] if not found["IsDefault"]]
    return str(cluster.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def serving(cluster: Cluster, *groups: str) -> str:
    """The address of a Redis whose interface has these security groups."""
    cluster.network["awsvpcConfiguration"]["securityGroups"] = list(groups)
    return address_of(cluster.reach(cluster.run(cluster.define(SERVE)), "RUNNING"))


def letting_in(group: str, **source: Any) -> dict[str, Any]:
    return {"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, **source}]}


def test_a_network_is_let_in_while_a_rule_says_so(vpc: Vpc, cluster: Cluster) -> None:
    own = group(cluster, "own")
    address = serving(cluster, own)
    assert knock(address, 6379) == SILENT
    rule = letting_in(own, IpRanges=[{"CidrIp": str(vpc.clients)}])
    cluster.ec2.authorize_security_group_ingress(**rule)
    assert knock(address, 6379) == OPEN
    assert knock(address, 6380) == knock(address, 6379, vpc.stranger.enter) == SILENT
    cluster.ec2.revoke_security_group_ingress(**rule)
    assert knock(address, 6379) == SILENT


def test_functions_are_let_in_by_their_security_group(vpc: Vpc, cluster: Cluster) -> None:
    redis, functions = group(cluster, "redis"), group(cluster, "functions")
    address = serving(cluster, redis)
    inside = cluster.stack.substitutes.attach_functions(
        cluster.network["awsvpcConfiguration"]["subnets"][0], [functions]
    )
    assert inside is not None
    assert knock(address, 6379, inside.enter) == SILENT
    rule = letting_in(redis, UserIdGroupPairs=[{"GroupId": functions}])
    cluster.ec2.authorize_security_group_ingress(**rule)
    assert knock(address, 6379, inside.enter) == OPEN
    assert knock(address, 6379) == SILENT


def test_a_group_only_adds_to_what_another_lets_in(vpc: Vpc, cluster: Cluster) -> None:
    one, other = group(cluster, "one"), group(cluster, "other")
    address = serving(cluster, one, other)
    for each, source in ((one, vpc.clients), (other, vpc.stranger_address)):
        rule = letting_in(each, IpRanges=[{"CidrIp": f"{source}" if "/" in str(source) else f"{source}/32"}])
        cluster.ec2.authorize_security_group_ingress(**rule)
    assert knock(address, 6379) == knock(address, 6379, vpc.stranger.enter) == OPEN


def test_a_task_that_has_ended_is_reached_by_nobody_and_its_address_is_free(vpc: Vpc, cluster: Cluster) -> None:
    open_to_all = group(cluster, "all")
    cluster.ec2.authorize_security_group_ingress(**letting_in(open_to_all, IpRanges=[{"CidrIp": "0.0.0.0/0"}]))
    cluster.network["awsvpcConfiguration"]["securityGroups"] = [open_to_all]
    arn = cluster.run(cluster.define(SERVE))
    address = address_of(cluster.reach(arn, "RUNNING"))
    assert knock(address, 6379) == OPEN
    cluster.stop(arn)
    cluster.reach(arn, "STOPPED")
    assert knock(address, 6379) not in (OPEN, REFUSED)
