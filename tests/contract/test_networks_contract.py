"""What the record of networks, and every keeper of security groups, does: those on AWS, and the fakes of tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest

from local.aws import network
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.networks.ec2_groups import Ec2SecurityGroups
from swiftcache.networks.ports import NetworkStore, SecurityGroups
from swiftcache.networks.table import DynamoDBNetworkStore
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.instances import FakeInstances
from tests.fakes.networks import FakeNetworkStore, FakeSecurityGroups
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

BEFORE, AT, UNTIL, LATER = (f"2026-01-02T03:0{minute}:00.000Z" for minute in range(4))
WANTED = AllowedNetworks(("10.1.0.0/16",), 2)
ENDPOINT = Endpoint("10.0.0.7", 6379, "arn:task-1")


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    networks: NetworkStore

    def holding(self, **different: Any) -> Instance:
        running = {"status": Status.RUNNING, "endpoint": ENDPOINT, "allowed_networks": WANTED}
        instance = an_instance(**running | different)
        self.instances.create(instance, an_entry())
        return instance

    def begin(self, now: str = AT, until: str = UNTIL) -> Instance | None:
        return self.networks.begin(ORGANIZATION, "inst_a1", now, until)


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    return Record(accounts, instances, FakeNetworkStore(instances))


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBNetworkStore(client, "table"),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_a_run_has_the_lease_until_it_ends_and_notes_what_its_group_lets_in(record: Record) -> None:
    record.holding()
    begun = record.begin()
    assert begun
    assert begun.group_lease == UNTIL
    assert record.begin() is None, "one run at a time"
    ended = record.networks.end(begun, "sg-1", UNTIL)
    assert ended
    assert (ended.own_group, ended.group_lease) == (OwnGroup("sg-1", 2), None)
    assert record.instances.get(ORGANIZATION, "inst_a1") == ended
    assert record.begin()


def test_a_lease_of_a_run_that_died_is_taken_over_and_that_run_notes_nothing_more(record: Record) -> None:
    record.holding()
    died = record.begin()
    assert died
    assert record.begin(now=LATER, until="2026-01-02T03:09:00.000Z")
    assert record.networks.end(died, "sg-1", UNTIL) is None


@pytest.mark.parametrize(
    "different",
    [{"allowed_networks": None}, {"status": Status.DELETING}, {"status": Status.ERROR}],
    ids=["no networks", "deleting", "error"],
)
def test_no_run_begins_where_there_is_nothing_to_let_in(record: Record, different: dict[str, Any]) -> None:
    record.holding(**different)
    assert record.begin() is None


def test_no_run_begins_for_an_instance_that_is_not_there(record: Record) -> None:
    assert record.begin() is None


def test_an_instance_that_is_made_has_no_task_yet(record: Record) -> None:
    record.holding(status=Status.PROVISIONING, endpoint=None)
    begun = record.begin()
    assert begun
    assert record.networks.end(begun, "sg-1", UNTIL)


@pytest.mark.parametrize(
    "applied",
    [
        {"allowed_networks": replace(WANTED, revision=1)},
        {"endpoint": replace(ENDPOINT, address="10.0.0.8")},
        {"endpoint": None},
    ],
    ids=["other networks", "another task", "no task"],
)
def test_a_run_notes_nothing_when_something_else_is_so_by_now(record: Record, applied: dict[str, Any]) -> None:
    record.holding()
    begun = record.begin()
    assert begun
    assert record.networks.end(replace(begun, **applied), "sg-1", UNTIL) is None
    found = record.instances.get(ORGANIZATION, "inst_a1")
    assert found
    assert (found.own_group, found.group_lease) == (None, UNTIL)


@dataclass
class Keeper:
    """`lets_in` tells whom an instance's group lets in, None if there is no group; `use` has a task have it."""

    groups: SecurityGroups
    lets_in: Callable[[str], set[str] | None]
    use: Callable[[str], None]
    ec2: Any = field(default=None)


def groups_in_memory() -> Keeper:
    groups = FakeSecurityGroups()

    def lets_in(instance_id: str) -> set[str] | None:
        return set(groups.groups[instance_id]) if instance_id in groups.groups else None

    return Keeper(groups, lets_in, groups.used.add)


def groups_in_ec2() -> Keeper:
    ec2 = boto3.client("ec2", region_name="eu-central-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]

    def found(instance_id: str) -> dict[str, Any] | None:
        named = [{"Name": "group-name", "Values": [f"swiftcache-{instance_id}"]}]
        return next(iter(ec2.describe_security_groups(Filters=named)["SecurityGroups"]), None)

    def lets_in(instance_id: str) -> set[str] | None:
        group = found(instance_id)
        if group is None:
            return None
        assert group["IpPermissionsEgress"] == [], "what goes out is the business of the other group"
        assert {(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissions"]} <= {(6379, 6379)}
        assert {"Key": "swiftcache:stack", "Value": "swiftcache"} in group["Tags"]
        return {each["CidrIp"] for rule in group["IpPermissions"] for each in rule["IpRanges"]}

    def use(instance_id: str) -> None:
        group = found(instance_id)
        assert group
        ec2.create_network_interface(SubnetId=subnet, Groups=[group["GroupId"]])

    return Keeper(Ec2SecurityGroups(ec2, vpc, "swiftcache-", "swiftcache"), lets_in, use, ec2)


@pytest.fixture(params=[groups_in_memory, groups_in_ec2], ids=["memory", "ec2"])
def keeper(request: pytest.FixtureRequest) -> Iterator[Keeper]:
    with ExitStack() as patches:
        network.extend(patches)  # moto deletes what an interface has
        yield request.param()


def test_a_group_is_made_once_and_then_follows(keeper: Keeper) -> None:
    group = keeper.groups.make_equal("inst_a1", ["10.1.0.0/16", "10.2.0.0/16"])
    assert keeper.lets_in("inst_a1") == {"10.1.0.0/16", "10.2.0.0/16"}
    assert keeper.groups.make_equal("inst_a1", ["10.2.0.0/16", "10.3.0.0/16"]) == group
    assert keeper.lets_in("inst_a1") == {"10.2.0.0/16", "10.3.0.0/16"}
    assert keeper.groups.make_equal("inst_a1", ["10.2.0.0/16", "10.3.0.0/16"]) == group
    assert keeper.lets_in("inst_a1") == {"10.2.0.0/16", "10.3.0.0/16"}


def test_each_instance_has_a_group_of_its_own(keeper: Keeper) -> None:
    one = keeper.groups.make_equal("inst_a1", ["10.1.0.0/16"])
    assert keeper.groups.make_equal("inst_b1", ["10.2.0.0/16"]) != one
    keeper.groups.delete("inst_b1")
    assert (keeper.lets_in("inst_a1"), keeper.lets_in("inst_b1")) == ({"10.1.0.0/16"}, None)


def test_a_group_is_deleted_twice_as_once(keeper: Keeper) -> None:
    keeper.groups.make_equal("inst_a1", ["10.1.0.0/16"])
    keeper.groups.delete("inst_a1")
    keeper.groups.delete("inst_a1")
    assert keeper.lets_in("inst_a1") is None


def test_a_group_that_a_task_has_is_deleted_later(keeper: Keeper) -> None:
    keeper.groups.make_equal("inst_a1", ["10.1.0.0/16"])
    keeper.use("inst_a1")
    with pytest.raises(DependencyUnavailable, match="is still that of a task"):
        keeper.groups.delete("inst_a1")
    assert keeper.lets_in("inst_a1") == {"10.1.0.0/16"}


def test_whatever_else_a_rule_lets_in_goes() -> None:
    keeper = groups_in_ec2()
    group = keeper.groups.make_equal("inst_a1", ["10.1.0.0/16"])
    ports = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    others = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "UserIdGroupPairs": [{"GroupId": group}]}
    keeper.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ports])
    keeper.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[others])
    assert keeper.groups.make_equal("inst_a1", ["10.1.0.0/16"]) == group
    [found] = keeper.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    [rule] = found["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"]) == (6379, 6379)
    assert [each["CidrIp"] for each in rule["IpRanges"]] == ["10.1.0.0/16"]
    assert rule["UserIdGroupPairs"] == []
