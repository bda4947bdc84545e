"""What organizations do with themselves, their members and account keys, and what nobody may."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.access.authentication import authenticate
from swiftcache.access.credentials import Credentials
from swiftcache.access.identity import Caller, Role
from swiftcache.organizations.account_keys import AccountKeyService, NewAccountKey
from swiftcache.organizations.audit_log import AuditService
from swiftcache.organizations.members import MemberService
from swiftcache.organizations.membership import MAX_KEYS, MAX_MEMBERS, Membership
from swiftcache.organizations.model import DEFAULT_LIMITS, Limits, NewLimits, OrganizationStatus
from swiftcache.organizations.service import OrganizationService
from swiftcache.platform.errors import (
    DependencyUnavailable,
    IllegalTransition,
    InvalidRequest,
    LastOwner,
    LastOwnerKey,
    LimitExceeded,
    MembershipChanged,
    NotAllowed,
    NotFound,
    OwnOrganization,
)
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256
from tests.fakes.organizations import FakeAccounts, FakeAuditLog
from tests.fakes.sessions import FakeSessions
from tests.samples import AT, NOW, ORGANIZATION, a_caller, a_member, an_account, an_account_key

OWNER = a_caller()
ADMIN = a_caller(key_id="key_admin", member_id="mem_admin", role=Role.ADMIN)
STRANGER = a_caller(organization_id="org_2")
OPERATOR = a_caller(organization_id="org_operator", key_id="key_op", member_id="mem_op", role=Role.OPERATOR)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        an_account(self.accounts, "org_2", "sk_live_2")
        an_account(self.accounts, "org_operator", "sk_live_3", Role.OPERATOR)
        self.organizations = OrganizationService(self.accounts, lambda: NOW)
        self.members = MemberService(self.accounts, lambda: NOW)
        self.keys = AccountKeyService(self.accounts, lambda: NOW)
        self.log = AuditService(self.accounts, FakeAuditLog(self.accounts))

    @property
    def membership(self) -> Membership:
        found = self.accounts.membership(ORGANIZATION)
        assert found is not None
        return found

    @property
    def last(self) -> AuditEntry:
        return self.accounts.audit[-1]

    def with_members(self, *roles: Role) -> None:
        """One more of each role, `mem_<role>` with the key `key_<role>` (`sk_live_<role>`)."""
        after = self.membership
        for role in roles:
            after = after.with_member(a_member(id=f"mem_{role}", role=role))
            after = after.with_key(
                an_account_key(f"sk_live_{role}", id=f"key_{role}", member_id=f"mem_{role}", role=role)
            )
        self.accounts.save(self.membership, after, self.last)

    def caller(self, plain: str, at: datetime = NOW) -> Caller:
        """Who asks with this account key."""
        shown = Credentials(account_key=plain)
        return authenticate(self.accounts, FakeSessions(), shown, "203.0.113.7", "request-1", at)

    def role_of(self, plain: str) -> Role | None:
        found = self.accounts.identity(sha256(plain), AT)
        return found.role if found else None


@pytest.fixture
def world() -> World:
    return World()


def new_key(role: Role = Role.DEVELOPER, **different: Any) -> NewAccountKey:
    return replace(NewAccountKey("ci", role, None, None), **different)


def test_a_new_organization_has_an_owner_whose_key_works(world: World) -> None:
    created = world.organizations.create(OPERATOR, "Acme", DEFAULT_LIMITS)
    found = world.accounts.identity(sha256(created.plain_key), AT)
    assert found is not None
    assert (found.organization_id, found.role) == (created.organization.id, Role.OWNER)
    assert (world.last.action, world.last.organization_id) == (Action.ORGANIZATION_CREATED, created.organization.id)


def test_another_organization_does_not_exist(world: World) -> None:
    for attempt in (
        lambda: world.organizations.get(STRANGER, ORGANIZATION),
        lambda: world.organizations.change(STRANGER, ORGANIZATION, "mine", None),
        lambda: world.organizations.delete(STRANGER, ORGANIZATION),
        lambda: world.members.all(STRANGER, ORGANIZATION),
        lambda: world.members.get(STRANGER, ORGANIZATION, "mem_owner"),
        lambda: world.keys.all(STRANGER, ORGANIZATION),
        lambda: world.keys.create(STRANGER, ORGANIZATION, new_key()),
        lambda: world.log.page(STRANGER, ORGANIZATION, 10, None),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize("organization_id", ["org_9", "x" * 3000, "ORG", "org_A"])
def test_the_operator_too_is_told_what_is_not_there(world: World, organization_id: str) -> None:
    with pytest.raises(NotFound):
        world.organizations.get(OPERATOR, organization_id)
    with pytest.raises(NotFound):
        world.members.all(OPERATOR, organization_id)
    with pytest.raises(NotFound):
        world.log.page(OPERATOR, organization_id, 10, None)


def test_the_operator_sees_every_organization(world: World) -> None:
    assert world.organizations.get(OPERATOR, ORGANIZATION).id == ORGANIZATION
    assert len(world.organizations.page(10, None).organizations) == 3


def test_an_owner_renames_the_organization(world: World) -> None:
    assert world.organizations.change(OWNER, ORGANIZATION, "Acme Ltd", None).name == "Acme Ltd"
    assert (world.last.action, world.last.details) == (
        Action.ORGANIZATION_CHANGED,
        {"nameFrom": "Acme", "nameTo": "Acme Ltd"},
    )


def test_only_the_operator_sets_limits(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.organizations.change(OWNER, ORGANIZATION, None, NewLimits(99, 99))
    before = world.organizations.get(OPERATOR, ORGANIZATION).limits
    changed = world.organizations.change(OPERATOR, ORGANIZATION, None, NewLimits(99, 99))
    assert changed.limits == Limits(99, 99, before.backups, before.backup_bytes)
    assert world.last.details == {
        "instanceLimitFrom": 10,
        "instanceLimitTo": 99,
        "memoryLimitFrom": before.memory,
        "memoryLimitTo": 99,
    }


def test_the_operator_sets_how_many_backups_and_bytes_there_may_be(world: World) -> None:
    before = world.organizations.get(OPERATOR, ORGANIZATION).limits
    changed = world.organizations.change(
        OPERATOR, ORGANIZATION, None, NewLimits(before.instances, before.memory, backups=3)
    )
    assert changed.limits == Limits(before.instances, before.memory, 3, before.backup_bytes)
    assert world.last.details == {
        "backupLimitFrom": before.backups,
        "backupLimitTo": 3,
        "backupBytesLimitFrom": before.backup_bytes,
        "backupBytesLimitTo": before.backup_bytes,
    }


def test_a_change_of_nothing_is_not_recorded(world: World) -> None:
    before = len(world.accounts.audit)
    world.organizations.change(OWNER, ORGANIZATION, "Acme", None)
    world.members.change(OWNER, ORGANIZATION, "mem_owner", None, Role.OWNER)
    assert (len(world.accounts.audit), world.membership.version) == (before, 1)


def test_suspension_closes_every_key_at_once_and_says_who_did_it(world: World) -> None:
    world.with_members(Role.VIEWER)
    assert world.organizations.suspend(OPERATOR, ORGANIZATION).status is OrganizationStatus.SUSPENDED
    assert [world.role_of("sk_live_1"), world.role_of("sk_live_viewer")] == [None, None]
    assert (world.last.action, world.last.actor_key_id) == (Action.ORGANIZATION_SUSPENDED, "key_op")


def test_resumption_opens_the_keys_again(world: World) -> None:
    world.organizations.suspend(OPERATOR, ORGANIZATION)
    world.organizations.resume(OPERATOR, ORGANIZATION)
    assert world.role_of("sk_live_1") is Role.OWNER


def test_suspending_twice_is_one_suspension(world: World) -> None:
    first = world.organizations.suspend(OPERATOR, ORGANIZATION)
    assert world.organizations.suspend(OPERATOR, ORGANIZATION) == first


def test_each_status_has_a_version_of_its_own(world: World) -> None:
    versions = [
        world.organizations.suspend(OPERATOR, ORGANIZATION).status_version,
        world.organizations.resume(OPERATOR, ORGANIZATION).status_version,
        world.organizations.suspend(OPERATOR, ORGANIZATION).status_version,
        world.organizations.delete(OPERATOR, ORGANIZATION).status_version,
    ]
    assert versions == [2, 3, 4, 5]


def test_a_deletion_cannot_be_taken_back(world: World) -> None:
    assert world.organizations.delete(OWNER, ORGANIZATION).status is OrganizationStatus.DELETING
    assert world.role_of("sk_live_1") is None
    for again in (world.organizations.resume, world.organizations.suspend):
        with pytest.raises(IllegalTransition):
            again(OPERATOR, ORGANIZATION)


def test_the_operators_own_organization_stays(world: World) -> None:
    for attempt in (world.organizations.suspend, world.organizations.resume, world.organizations.delete):
        with pytest.raises(OwnOrganization):
            attempt(OPERATOR, "org_operator")
    assert world.role_of("sk_live_3") is Role.OPERATOR


def test_nothing_is_added_to_a_suspended_organization(world: World) -> None:
    world.organizations.suspend(OPERATOR, ORGANIZATION)
    with pytest.raises(IllegalTransition):
        world.members.add(OPERATOR, ORGANIZATION, "Ada", Role.VIEWER)
    with pytest.raises(IllegalTransition):
        world.keys.create(OPERATOR, ORGANIZATION, new_key(member_id="mem_owner"))


def test_a_member_is_added_with_a_role(world: World) -> None:
    member = world.members.add(OWNER, ORGANIZATION, "Ada", Role.DEVELOPER)
    assert member in world.members.all(OWNER, ORGANIZATION)
    assert (world.last.action, world.last.details) == (Action.MEMBER_ADDED, {"role": "developer"})


def test_there_is_a_limit_of_members(world: World) -> None:
    world.accounts.members[ORGANIZATION] = tuple(
        a_member(id=f"mem_{number}", role=Role.OWNER) for number in range(MAX_MEMBERS)
    )
    with pytest.raises(LimitExceeded) as refused:
        world.members.add(OWNER, ORGANIZATION, "Ada", Role.DEVELOPER)
    [figure] = refused.value.figures
    assert (figure.name, figure.limit, figure.used) == ("members", MAX_MEMBERS, MAX_MEMBERS)


def test_nobody_gives_a_role_higher_than_his_own(world: World) -> None:
    world.with_members(Role.ADMIN, Role.VIEWER)
    for attempt in (
        lambda: world.members.add(ADMIN, ORGANIZATION, "Ada", Role.OWNER),
        lambda: world.members.change(ADMIN, ORGANIZATION, "mem_viewer", None, Role.OWNER),
        lambda: world.members.add(OWNER, ORGANIZATION, "Ada", Role.OPERATOR),
        lambda: world.keys.create(ADMIN, ORGANIZATION, new_key(Role.OWNER, member_id="mem_owner")),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert world.members.change(ADMIN, ORGANIZATION, "mem_viewer", None, Role.ADMIN).role is Role.ADMIN


def test_nobody_takes_a_role_higher_than_his_own(world: World) -> None:
    world.with_members(Role.ADMIN)
    world.members.add(OWNER, ORGANIZATION, "second", Role.OWNER)
    for attempt in (
        lambda: world.members.change(ADMIN, ORGANIZATION, "mem_owner", None, Role.VIEWER),
        lambda: world.members.change(ADMIN, ORGANIZATION, "mem_owner", "renamed", None),
        lambda: world.members.remove(ADMIN, ORGANIZATION, "mem_owner"),
        lambda: world.keys.revoke(ADMIN, ORGANIZATION, "key_owner"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


@pytest.mark.parametrize("caller", [OWNER, OPERATOR])
def test_the_last_owner_stays(world: World, caller: Any) -> None:
    world.with_members(Role.ADMIN)
    with pytest.raises(LastOwner):
        world.members.remove(caller, ORGANIZATION, "mem_owner")
    with pytest.raises(LastOwner):
        world.members.change(caller, ORGANIZATION, "mem_owner", None, Role.ADMIN)


def test_one_of_two_owners_may_go(world: World) -> None:
    second = world.members.add(OWNER, ORGANIZATION, "second", Role.OWNER)
    world.keys.create(OWNER, ORGANIZATION, new_key(Role.OWNER, member_id=second.id))
    world.members.remove(OWNER, ORGANIZATION, "mem_owner")
    assert world.role_of("sk_live_1") is None
    assert world.last.details == {"role": "owner", "revokedKeys": 1}


def test_an_owner_without_a_key_is_not_enough_to_let_the_other_go(world: World) -> None:
    world.members.add(OWNER, ORGANIZATION, "second", Role.OWNER)
    for attempt in (
        lambda: world.members.remove(OWNER, ORGANIZATION, "mem_owner"),
        lambda: world.members.change(OWNER, ORGANIZATION, "mem_owner", None, Role.ADMIN),
        lambda: world.keys.revoke(OWNER, ORGANIZATION, "key_owner"),
    ):
        with pytest.raises(LastOwnerKey):
            attempt()


def test_a_key_that_has_expired_does_not_count_as_an_owners(world: World) -> None:
    expired = an_account_key("sk_live_old", id="key_old", expires_at=timestamp(NOW))
    world.accounts.save(world.membership, world.membership.with_key(expired), world.last)
    with pytest.raises(LastOwnerKey):
        world.keys.revoke(OWNER, ORGANIZATION, "key_owner")


def test_the_operator_may_revoke_the_last_key_and_make_another(world: World) -> None:
    world.keys.revoke(OPERATOR, ORGANIZATION, "key_owner")
    assert world.role_of("sk_live_1") is None
    created = world.keys.create(OPERATOR, ORGANIZATION, new_key(Role.OWNER, member_id="mem_owner"))
    assert world.role_of(created.plain_key) is Role.OWNER


def test_a_new_role_counts_for_the_keys_at_once_and_never_gives_them_more_than_they_had(world: World) -> None:
    world.with_members(Role.DEVELOPER)
    world.members.change(OWNER, ORGANIZATION, "mem_developer", None, Role.VIEWER)
    assert world.role_of("sk_live_developer") is Role.VIEWER
    world.members.change(OWNER, ORGANIZATION, "mem_developer", None, Role.ADMIN)
    assert world.role_of("sk_live_developer") is Role.DEVELOPER


def test_what_a_member_or_key_is_not_there_is_not_found(world: World) -> None:
    for attempt in (
        lambda: world.members.get(OWNER, ORGANIZATION, "mem_x"),
        lambda: world.members.change(OWNER, ORGANIZATION, "mem_x", "x", None),
        lambda: world.members.remove(OWNER, ORGANIZATION, "mem_x"),
        lambda: world.keys.revoke(OWNER, ORGANIZATION, "key_x"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_key_is_made_for_oneself_unless_another_member_is_named(world: World) -> None:
    world.with_members(Role.VIEWER)
    assert world.keys.create(OWNER, ORGANIZATION, new_key()).key.member_id == "mem_owner"
    named = world.keys.create(OWNER, ORGANIZATION, new_key(Role.VIEWER, member_id="mem_viewer"))
    assert named.key.member_id == "mem_viewer"
    assert world.last.details == {"memberId": "mem_viewer", "role": "viewer", "expiresAt": None}


@pytest.mark.parametrize(
    ("different", "pointer"),
    [
        ({"member_id": "mem_viewer"}, "/role"),
        ({"expires_at": NOW}, "/expiresAt"),
        ({"expires_at": NOW - timedelta(days=1)}, "/expiresAt"),
    ],
)
def test_a_key_that_nobody_could_have_is_refused(world: World, different: dict[str, Any], pointer: str) -> None:
    world.with_members(Role.VIEWER)
    with pytest.raises(InvalidRequest) as refused:
        world.keys.create(OWNER, ORGANIZATION, new_key(**different))
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("member_id", [None, "mem_x"])
def test_a_key_is_for_a_member_of_the_organization(world: World, member_id: str | None) -> None:
    with pytest.raises(NotFound):
        world.keys.create(OPERATOR, ORGANIZATION, new_key(member_id=member_id))


def test_there_is_a_limit_of_keys(world: World) -> None:
    for _ in range(MAX_KEYS - 1):
        world.keys.create(OWNER, ORGANIZATION, new_key())
    with pytest.raises(LimitExceeded):
        world.keys.create(OWNER, ORGANIZATION, new_key())


def test_a_list_of_keys_shows_the_role_in_effect_and_the_last_use(world: World) -> None:
    world.with_members(Role.DEVELOPER)
    world.members.change(OWNER, ORGANIZATION, "mem_developer", None, Role.VIEWER)
    world.caller("sk_live_developer")
    listed = {one.key.id: one for one in world.keys.all(OWNER, ORGANIZATION)}
    assert (listed["key_developer"].role, listed["key_developer"].last_used_at) == (Role.VIEWER, AT)
    assert listed["key_owner"].last_used_at is None


@pytest.mark.parametrize(("minutes", "recorded"), [(0, 0), (4, 0), (6, 6)])
def test_a_use_is_recorded_every_five_minutes(world: World, minutes: int, recorded: int) -> None:
    for at in (NOW, NOW + timedelta(minutes=minutes)):
        world.caller("sk_live_1", at)
    assert world.accounts.uses == {sha256("sk_live_1"): timestamp(NOW + timedelta(minutes=recorded))}


def test_nobody_is_kept_out_because_the_use_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    monkeypatch.setattr(world.accounts, "record_use", busy)
    assert world.caller("sk_live_1") == OWNER


def test_a_change_made_meanwhile_is_decided_on_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    save = world.accounts.save

    def after_a_suspension(before: Membership, after: Membership, audit: AuditEntry) -> None:
        monkeypatch.setattr(world.accounts, "save", save)
        world.organizations.suspend(OPERATOR, ORGANIZATION)
        save(before, after, audit)

    monkeypatch.setattr(world.accounts, "save", after_a_suspension)
    with pytest.raises(IllegalTransition):
        world.keys.create(OWNER, ORGANIZATION, new_key())
    assert len(world.membership.keys) == 1


def test_what_is_changed_without_end_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []

    def changed(*_: object) -> None:
        tries.append(None)
        raise MembershipChanged("the organization was changed at the same moment")

    monkeypatch.setattr(world.accounts, "save", changed)
    with pytest.raises(DependencyUnavailable):
        world.members.add(OWNER, ORGANIZATION, "Ada", Role.VIEWER)
    assert len(tries) == 10
