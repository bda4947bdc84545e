"""Instances that say who reaches them: a security group of their own, which all their tasks have, follows the record.

Nothing is filtered here between processes. The groups, their rules and what interfaces have are EC2's as the substitute
keeps it; that connections from elsewhere are closed is a real Redis's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.configuration.redis import RedisServerControl
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.networks.ec2_groups import Ec2SecurityGroups
from swiftcache.platform.errors import AllowedCidrsNotPossible, DependencyUnavailable
from tests.statemachine.cloud import Answer, Cloud, Fault, fails, left_as_found, loses_reply, running, wait_for
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.reconciling import Reconciling, actions
from tests.statemachine.recoveries import Mortal
from tests.statemachine.resizes import Resized, delete

PRIVATE = {"NetworkMode": "private", "ClientCidrs": "10.20.0.0/16"}
HERE, ELSEWHERE = "127.0.0.0/8", "10.9.0.0/16"


@pytest.fixture(scope="module")
def private_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    yield from running(tmp_path_factory.mktemp("private"), parameters=PRIVATE)


@pytest.fixture
def cloud(private_cloud: Cloud) -> Iterator[Cloud]:
    with left_as_found(private_cloud):
        yield private_cloud


@dataclass
class Limited(Mortal):
    """An instance with networks of its own."""

    def allow(self, *cidrs: str) -> Instance:
        """As its owner asks for it; the instance as the answer shows it."""
        request = ChangeRequest(allowed_cidrs=cidrs)
        return change_service(self.cloud.injector).change(self.cloud.caller, self.id, request)

    @property
    def group(self) -> str:
        [group] = self.cloud.groups(self.id)
        return group

    def let_in(self) -> set[str]:
        """The networks that its group lets in, each to Redis's port alone; and the group lets nothing out."""
        found = self.cloud.client("ec2").describe_security_groups(GroupIds=[self.group])["SecurityGroups"][0]
        assert found["IpPermissionsEgress"] == []
        assert {(rule["FromPort"], rule["ToPort"]) for rule in found["IpPermissions"]} <= {(6379, 6379)}
        return {each["CidrIp"] for rule in found["IpPermissions"] for each in rule["IpRanges"]}

    def assert_limited_to(self, *cidrs: str) -> None:
        """Its only task has its own group, and not the one of the stack's clients."""
        assert self.instance.networks_in_force
        assert self.let_in() == set(cidrs)
        names = {group_name(self.cloud, group) for group in self.groups_of_its_task()}
        assert [name for name in names if "Clients" in name] == []
        assert sorted(name.startswith("swiftcache-inst_") for name in names) == [False, True]

    def groups_of_its_task(self) -> set[str]:
        assert self.instance.endpoint
        return groups_at(self.cloud, self.instance.endpoint.address)

    def connect(self) -> "redis.Redis":
        """As a client of its owner, from this machine."""
        instance = self.instance
        assert instance.hostname
        assert instance.port
        return redis.Redis(
            instance.hostname,
            instance.port,
            password=self.key,
            ssl=True,
            single_connection_client=True,
            retry=Retry(NoBackoff(), 0),
        )


def groups_at(cloud: Cloud, address: str) -> set[str]:
    named = [{"Name": "addresses.private-ip-address", "Values": [address]}]
    [interface] = cloud.client("ec2").describe_network_interfaces(Filters=named)["NetworkInterfaces"]
    return {group["GroupId"] for group in interface["Groups"]}


def group_name(cloud: Cloud, group: str) -> str:
    found: list[Any] = cloud.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return str(found[0]["GroupName"])


def create(cloud: Cloud, *cidrs: str) -> Limited:
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central", allowed_cidrs=cidrs)
    created = instance_service(cloud.injector).create(replace(cloud.caller, request_id="request-create"), new)
    return Limited(cloud, created.instance.id, created.plain_key)


def new_limited(cloud: Cloud, *cidrs: str) -> Limited:
    limited = create(cloud, *cidrs)
    cloud.wait(limited.id, "RUNNING")
    cloud.quiet()
    return limited


def test_each_task_of_an_instance_has_its_own_group_in_place_of_that_of_the_clients(cloud: Cloud) -> None:
    limited = new_limited(cloud, HERE, ELSEWHERE)
    limited.assert_limited_to(HERE, ELSEWHERE)
    group = limited.group
    resized = Resized(cloud, limited.id)
    resized.assert_succeeded(resized.resize())
    limited.assert_limited_to(HERE, ELSEWHERE)
    limited.kill()
    limited.recovered()
    limited.assert_limited_to(HERE, ELSEWHERE)
    assert limited.group == group
    delete(resized)
    assert cloud.left(limited.id) == {}


def test_the_task_of_any_other_instance_has_the_group_of_the_stacks_clients(cloud: Cloud) -> None:
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING")
    assert instance
    assert instance.endpoint
    names = [group_name(cloud, group) for group in groups_at(cloud, instance.endpoint.address)]
    assert sorted("Clients" in name for name in names) == [False, True]
    assert cloud.groups(instance_id) == []
    cloud.quiet()
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_a_change_of_networks_is_in_force_when_it_is_answered_and_who_comes_from_elsewhere_is_cut_off(
    cloud: Cloud,
) -> None:
    limited = new_limited(cloud, HERE)
    with limited.connect() as client:
        assert client.ping()
        assert limited.allow(HERE, "10.1.2.3/32").networks_in_force
        assert client.ping(), "it comes from a network that is let in"
        changed = limited.allow(ELSEWHERE)
        assert changed.networks_in_force
        assert changed.allowed_networks
        assert changed.allowed_networks.cidrs == (ELSEWHERE,)
        limited.assert_limited_to(ELSEWHERE)
        with pytest.raises(redis.ConnectionError):
            client.ping()
    assert limited.allow(HERE).networks_in_force
    assert limited.ping()
    limited.assert_limited_to(HERE)
    delete(Resized(cloud, limited.id))


def test_networks_given_at_creation_are_let_in_without_a_change(cloud: Cloud) -> None:
    limited = new_limited(cloud, HERE)
    before = limited.instance
    assert limited.allow(HERE) == before
    delete(Resized(cloud, limited.id))


def test_an_instance_that_was_made_without_networks_is_refused_some(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    with pytest.raises(AllowedCidrsNotPossible, match="made without allowedCidrs"):
        Limited(cloud, instance_id, "").allow(HERE)
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


@pytest.mark.parametrize("fault", [fails("DependencyUnavailable"), loses_reply], ids=["fails", "loses its reply"])
def test_a_group_that_is_made_or_deleted_twice_is_one_group(cloud: Cloud, fault: Fault) -> None:
    cloud.faults.plan("CreateSecurityGroup", fault)
    cloud.faults.plan("DeleteSecurityGroup", fault)
    limited = new_limited(cloud, HERE)
    limited.assert_limited_to(HERE)
    delete(Resized(cloud, limited.id))
    assert cloud.left(limited.id) == {}
    assert sorted(cloud.faults.happened) == ["CreateSecurityGroup", "DeleteSecurityGroup"]


def test_a_creation_whose_group_cannot_be_made_is_rolled_back_with_its_cause(cloud: Cloud) -> None:
    cloud.faults.plan("CreateSecurityGroup", fails("Broken"))
    limited = create(cloud, HERE)
    instance = cloud.wait(limited.id, "ERROR")
    assert instance
    assert instance.failure
    assert instance.failure.step == "CreateSecurityGroup"
    cloud.quiet()
    assert cloud.left(limited.id) == {}
    cloud.delete(limited.id)
    cloud.wait(limited.id, "GONE")


def test_a_deletion_while_its_group_is_made_leaves_nothing(cloud: Cloud) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    cloud.faults.plan("CreateSecurityGroup", while_deleting)
    limited = create(cloud, HERE)
    cloud.wait(limited.id, "GONE")
    cloud.quiet()
    assert cloud.faults.happened == ["CreateSecurityGroup"]
    assert cloud.left(limited.id) == {}


def test_what_somebody_else_let_in_or_took_away_by_hand_is_put_right_by_the_next_change(cloud: Cloud) -> None:
    limited = new_limited(cloud, HERE, ELSEWHERE)
    ec2, group = cloud.client("ec2"), limited.group
    ours = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": ELSEWHERE}]}
    all_ports = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ours])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[all_ports])
    assert limited.allow(HERE, ELSEWHERE, "10.1.0.0/16").networks_in_force
    limited.assert_limited_to(HERE, ELSEWHERE, "10.1.0.0/16")
    delete(Resized(cloud, limited.id))


def test_a_change_that_the_network_does_not_take_at_once_is_made_by_the_sweep(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = new_limited(cloud, HERE)
    # A run that fails keeps its lease for its time, since a call of its may still land.
    monkeypatch.setattr("swiftcache.networks.service.LEASE", timedelta())

    def unavailable(*_: object) -> str:
        raise DependencyUnavailable("the network is busy")

    with monkeypatch.context() as patch:
        patch.setattr(Ec2SecurityGroups, "make_equal", unavailable)
        assert not limited.allow(HERE, ELSEWHERE).networks_in_force
        assert limited.let_in() == {HERE}
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
    wait_for(lambda: limited.instance.networks_in_force)
    limited.assert_limited_to(HERE, ELSEWHERE)
    delete(Resized(cloud, limited.id))


def test_networks_are_not_in_force_while_connections_from_elsewhere_cannot_be_closed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = new_limited(cloud, HERE)
    monkeypatch.setattr("swiftcache.networks.service.LEASE", timedelta())

    def unavailable(*_: object) -> None:
        raise DependencyUnavailable("it gave ConnectionError")

    with monkeypatch.context() as patch:
        patch.setattr(RedisServerControl, "close_others", unavailable)
        assert not limited.allow(ELSEWHERE).networks_in_force
        assert limited.let_in() == {ELSEWHERE}, "nobody else comes in any more all the same"
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
    wait_for(lambda: limited.instance.networks_in_force)
    delete(Resized(cloud, limited.id))


def test_a_group_of_no_instance_is_found_by_the_reconciler_and_removed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    LeakedResources(cloud).group("", "inst_leaked")
    reconciling = Reconciling(cloud, monkeypatch)
    limited = new_limited(cloud, HERE)
    found = actions(reconciling.twice())
    assert ("security_group", "inst_leaked", "deprovision") in found
    assert {owner for kind, owner, _ in found if kind == "security_group"} == {"inst_leaked"}
    wait_for(lambda: cloud.groups("inst_leaked") == [])
    limited.assert_limited_to(HERE)
    delete(Resized(cloud, limited.id))
