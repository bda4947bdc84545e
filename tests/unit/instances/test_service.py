"""The use cases of the API."""

from dataclasses import replace

import pytest

from swiftcache.access.authentication import authenticate
from swiftcache.access.credentials import Credentials, bearer
from swiftcache.access.identity import Caller
from swiftcache.backups.restoring import BackupRestores
from swiftcache.instances.ports import Target
from swiftcache.instances.service import InstanceService
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InvalidRequest, NotAuthenticated, NotFound
from swiftcache.pool.claims import WarmPool
from tests.fakes.backups import FakeBackups
from tests.fakes.final import NoFinalBackups
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool import FakeReadyMembers
from tests.fakes.proofs import FakeEngines
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.sessions import FakeSessions
from tests.samples import DOMAIN, NOW, OFFERS, ORGANIZATION, a_caller, a_request, an_account

OWNER = a_caller()
STRANGER = a_caller(organization_id="org_2")


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        an_account(self.accounts, "org_2", "sk_live_2")
        self.instances = FakeInstances(self.accounts)
        self.workflows = FakeWorkflows()
        pool = WarmPool((), lambda: FakeReadyMembers(self.instances))
        self.backups = FakeBackups(self.accounts)
        self.engines = FakeEngines()
        restores = BackupRestores(self.backups, self.engines, OFFERS)
        finals = NoFinalBackups()
        self.service = InstanceService(
            self.instances, self.workflows, pool, restores, finals, OFFERS, DOMAIN, lambda: NOW
        )


@pytest.fixture
def world() -> World:
    return World()


def caller_of(world: World, authorization: str | None) -> Caller:
    credentials = Credentials(account_key=bearer(authorization))
    return authenticate(world.accounts, FakeSessions(), credentials, "203.0.113.7", "request-1", NOW)


@pytest.mark.parametrize("authorization", ["Bearer sk_live_1", "bearer sk_live_1", "Bearer  sk_live_1 "])
def test_a_known_account_key_is_its_organization(world: World, authorization: str) -> None:
    assert caller_of(world, authorization) == OWNER


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Basic sk_live_1", "sk_live_1", "Bearer sk_live_9"]
)
def test_anything_but_a_known_account_key_is_nobody(world: World, authorization: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        caller_of(world, authorization)


def test_a_creation_is_stored_before_its_workflow_starts(world: World) -> None:
    created = world.service.create(OWNER, a_request())
    assert world.instances.get(ORGANIZATION, created.instance.id) == created.instance
    assert world.workflows.started == [("provision", Target(ORGANIZATION, created.instance.id, "request-1"))]


def test_a_creation_is_counted(world: World) -> None:
    world.service.create(OWNER, a_request())
    assert world.accounts.organizations[ORGANIZATION].used.instances == 1


def test_an_invalid_request_writes_and_starts_nothing(world: World) -> None:
    with pytest.raises(InvalidRequest):
        world.service.create(OWNER, a_request(max_memory=1))
    assert (world.instances.stored, world.workflows.started) == ({}, [])


def test_another_organization_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        world.service.create(STRANGER, a_request())
    with pytest.raises(NotFound):
        world.service.page(STRANGER, ORGANIZATION, 10, None)


def test_anothers_instance_does_not_exist(world: World) -> None:
    instance_id = world.service.create(OWNER, a_request()).instance.id
    with pytest.raises(NotFound):
        world.service.get(STRANGER, instance_id)
    with pytest.raises(NotFound):
        world.service.delete(replace(STRANGER, request_id="request-2"), instance_id)


@pytest.mark.parametrize("instance_id", ["inst_", "INST_A", "inst_A", "x" * 2000, "inst_a/b", "", "inst_a\n"])
def test_what_cannot_be_an_id_is_not_looked_up(world: World, instance_id: str) -> None:
    with pytest.raises(NotFound):
        world.service.get(OWNER, instance_id)
    with pytest.raises(NotFound):
        world.service.delete(replace(OWNER, request_id="request-2"), instance_id)


def test_a_deletion_is_recorded_before_its_workflow_starts(world: World) -> None:
    instance_id = world.service.create(OWNER, a_request()).instance.id
    world.service.delete(replace(OWNER, request_id="request-2"), instance_id)
    assert world.service.get(OWNER, instance_id).status is Status.DELETING
    assert world.workflows.started[-1] == ("delete", Target(ORGANIZATION, instance_id, "request-2"), 0)


def test_a_deletion_may_be_asked_for_again(world: World) -> None:
    instance_id = world.service.create(OWNER, a_request()).instance.id
    world.service.delete(replace(OWNER, request_id="request-2"), instance_id)
    world.service.delete(replace(OWNER, request_id="request-3"), instance_id)
    assert world.service.get(OWNER, instance_id).status is Status.DELETING


def test_a_stored_creation_succeeds_though_its_workflow_cannot_start(world: World) -> None:
    world.workflows.available = False
    created = world.service.create(OWNER, a_request())
    assert created.plain_key
    assert world.instances.get(ORGANIZATION, created.instance.id) == created.instance


def test_a_stored_deletion_succeeds_though_its_workflow_cannot_start(world: World) -> None:
    instance_id = world.service.create(OWNER, a_request()).instance.id
    world.workflows.available = False
    world.service.delete(replace(OWNER, request_id="request-2"), instance_id)
    assert world.service.get(OWNER, instance_id).status is Status.DELETING
