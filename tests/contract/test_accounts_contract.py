"""What every store of organizations does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace
from typing import Any, Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.fleet.contents_table import DynamoDBContents
from swiftcache.fleet.emptying_ports import OrganizationContents
from swiftcache.instances.ports import Instances
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.audit_table import DynamoDBAuditLog
from swiftcache.organizations.membership import MAX_KEYS, Membership
from swiftcache.organizations.model import AuditFilter, Limits, OrganizationStatus
from swiftcache.organizations.ports import Accounts, AuditLog
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import (
    Conflict,
    IllegalTransition,
    InvalidRequest,
    LimitExceeded,
    LimitUsage,
    MembershipChanged,
)
from swiftcache.platform.tokens import sha256
from tests.fakes.emptying import FakeContents
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts, FakeAuditLog
from tests.samples import (
    AT,
    NOW,
    ORGANIZATION,
    a_member,
    an_account,
    an_account_key,
    an_entry,
    an_instance,
    an_organization,
)
from tests.tables import create_table

EARLIER, LATER = "2026-01-02T03:00:00.000Z", "2026-01-02T03:10:00.000Z"


class Store(Protocol):
    accounts: Accounts
    instances: Instances
    contents: OrganizationContents
    log: AuditLog


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)
        self.contents = FakeContents(self.instances)
        self.log = FakeAuditLog(self.accounts)


class InDynamoDB:
    def __init__(self) -> None:
        client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(client, "table")
        self.accounts = DynamoDBAccounts(client, "table")
        self.instances = DynamoDBInstances(client, "table", lambda: NOW)
        self.contents = DynamoDBContents(client, "table")
        self.log = DynamoDBAuditLog(client, "table")


@pytest.fixture(params=[InMemory, InDynamoDB], ids=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.param()
    an_account(store.accounts, ORGANIZATION, "sk_live_1")
    return store


def membership(store: Store, organization_id: str = ORGANIZATION) -> Membership:
    found = store.accounts.membership(organization_id)
    assert found is not None
    return found


def save(store: Store, after: Membership) -> Membership:
    store.accounts.save(membership(store), after, an_entry(Action.ORGANIZATION_CHANGED))
    return membership(store)


def role_of(store: Store, plain: str, at: str = AT) -> Role | None:
    found = store.accounts.identity(sha256(plain), at)
    return found.role if found else None


def with_second_key(store: Store, **different: object) -> Membership:
    key = an_account_key("sk_live_2", id="key_2", member_id="mem_2", **different)
    return save(store, membership(store).with_member(a_member(id="mem_2", name="Ada")).with_key(key))


def test_what_is_created_can_be_read(store: Store) -> None:
    assert membership(store) == Membership(an_organization(), (a_member(),), (an_account_key("sk_live_1"),))
    assert store.accounts.organization(ORGANIZATION) == an_organization()


def test_an_unknown_organization_is_none(store: Store) -> None:
    assert (store.accounts.organization("org_2"), store.accounts.membership("org_2")) == (None, None)


def test_creating_an_organization_again_changes_nothing(store: Store) -> None:
    key = an_account_key("sk_live_2", role=Role.VIEWER)
    store.accounts.create_organization(an_organization(name="other"), a_member(), key, an_entry())
    assert membership(store) == Membership(an_organization(), (a_member(),), (an_account_key("sk_live_1"),))
    assert (role_of(store, "sk_live_1"), role_of(store, "sk_live_2")) == (Role.OWNER, None)


def test_a_saved_membership_is_read_back_with_the_next_version(store: Store) -> None:
    before = membership(store)
    limits = Limits(instances=3, memory=7 * MIB, backups=5, backup_bytes=11 * MIB)
    changed = replace(before.organization, name="Acme Ltd", limits=limits)
    after = replace(before, organization=changed).with_member(a_member(id="mem_2", name="Ada", role=Role.VIEWER))
    in_order = tuple(sorted(after.members, key=lambda member: member.id))
    assert save(store, after) == replace(after, members=in_order, version=before.version + 1)


def test_a_key_opens_from_the_moment_it_is_saved(store: Store) -> None:
    assert role_of(store, "sk_live_2") is None
    with_second_key(store)
    assert role_of(store, "sk_live_2") is Role.OWNER


def test_a_revoked_key_opens_nothing(store: Store) -> None:
    after = with_second_key(store).without_key("key_2")
    assert save(store, after).keys == (an_account_key("sk_live_1"),)
    assert role_of(store, "sk_live_2") is None


@pytest.mark.parametrize(("at", "role"), [(EARLIER, Role.OWNER), (AT, None), (LATER, None)])
def test_a_key_opens_until_it_expires(store: Store, at: str, role: Role | None) -> None:
    with_second_key(store, expires_at=AT)
    assert role_of(store, "sk_live_2", at) == role


def test_a_members_new_role_is_that_of_its_keys_at_once(store: Store) -> None:
    demoted = a_member(id="mem_2", name="Ada", role=Role.VIEWER)
    lower = save(store, with_second_key(store).with_changed_member(demoted))
    assert role_of(store, "sk_live_2") is Role.VIEWER
    save(store, lower.with_changed_member(replace(demoted, role=Role.ADMIN)))
    assert role_of(store, "sk_live_2") is Role.ADMIN


def test_a_removed_member_takes_its_keys_along(store: Store) -> None:
    after = save(store, with_second_key(store).without_member("mem_2"))
    assert (len(after.members), len(after.keys)) == (1, 1)
    assert role_of(store, "sk_live_2") is None


def test_the_member_with_the_most_keys_can_be_removed(store: Store) -> None:
    full = membership(store).with_member(a_member(id="mem_2"))
    for number in range(MAX_KEYS - 1):
        full = full.with_key(an_account_key(f"sk_live_x{number}", id=f"key_x{number}", member_id="mem_2"))
    full = save(store, full)
    save(store, full.without_member("mem_2"))
    assert [role_of(store, f"sk_live_x{number}") for number in (0, MAX_KEYS - 2)] == [None, None]


def test_suspension_closes_every_key_and_resumption_opens_them(store: Store) -> None:
    suspended = save(store, with_second_key(store).with_status(OrganizationStatus.SUSPENDED))
    assert [role_of(store, "sk_live_1"), role_of(store, "sk_live_2")] == [None, None]
    save(store, suspended.with_status(OrganizationStatus.ACTIVE))
    assert [role_of(store, "sk_live_1"), role_of(store, "sk_live_2")] == [Role.OWNER, Role.OWNER]


@pytest.mark.parametrize("status", [OrganizationStatus.SUSPENDED, OrganizationStatus.DELETING])
def test_nothing_is_created_unless_it_is_active(store: Store, status: OrganizationStatus) -> None:
    save(store, membership(store).with_status(status))
    with pytest.raises(Conflict):
        store.instances.create(an_instance(), an_entry())
    assert role_of(store, "sk_live_1") is None


def test_a_change_of_what_is_not_as_it_was_is_refused(store: Store) -> None:
    seen = membership(store)
    with_second_key(store)
    suspended = seen.with_status(OrganizationStatus.SUSPENDED)
    with pytest.raises(MembershipChanged):
        store.accounts.save(seen, suspended, an_entry(Action.ORGANIZATION_SUSPENDED))
    assert role_of(store, "sk_live_2") is Role.OWNER


def test_instances_that_come_meanwhile_are_counted_all_the_same(store: Store) -> None:
    before = membership(store)
    store.instances.create(an_instance(), an_entry())
    changed = replace(before.organization, limits=Limits(instances=20, memory=20 * 1024 * MIB))
    store.accounts.save(before, replace(before, organization=changed), an_entry(Action.ORGANIZATION_CHANGED))
    found = store.accounts.organization(ORGANIZATION)
    assert found is not None
    assert (found.limits.instances, found.used) == (20, Limits(1, 512 * MIB))


def test_a_limit_may_be_lower_than_what_is_used(store: Store) -> None:
    store.instances.create(an_instance(), an_entry())
    before = membership(store)
    lowered = replace(before.organization, limits=Limits(instances=0, memory=0))
    save(store, replace(before, organization=lowered))
    found = store.accounts.organization(ORGANIZATION)
    assert found is not None
    assert (found.used.instances, found.left) == (1, Limits(0, 0))
    with pytest.raises(LimitExceeded):
        store.instances.create(an_instance(id="inst_a2"), an_entry())


def test_a_limit_that_is_reached_comes_with_its_figures(store: Store) -> None:
    before = membership(store)
    save(store, replace(before, organization=replace(before.organization, limits=Limits(1, 1024 * MIB))))
    store.instances.create(an_instance(), an_entry())
    with pytest.raises(LimitExceeded) as refused:
        store.instances.create(an_instance(id="inst_a2"), an_entry())
    assert refused.value.figures == (
        LimitUsage("instances", 1, 1, 1),
        LimitUsage("memory", 1024 * MIB, 512 * MIB, 512 * MIB),
    )


def test_the_last_use_of_a_key_is_known(store: Store) -> None:
    key = an_account_key("sk_live_1")
    assert store.accounts.last_uses([key]) == {}
    store.accounts.record_use(key.sha256, LATER)
    store.accounts.record_use(key.sha256, EARLIER)
    store.accounts.record_use(sha256("sk_live_unknown"), LATER)
    assert store.accounts.last_uses([key]) == {"key_owner": LATER}
    assert role_of(store, "sk_live_unknown") is None
    found = store.accounts.identity(key.sha256, AT)
    assert found is not None
    assert found.last_used_at == LATER


def test_no_keys_have_no_uses(store: Store) -> None:
    assert store.accounts.last_uses([]) == {}


def test_a_change_of_role_keeps_the_last_use(store: Store) -> None:
    changed = with_second_key(store).with_changed_member(a_member(id="mem_2", role=Role.VIEWER))
    store.accounts.record_use(sha256("sk_live_2"), LATER)
    assert store.accounts.last_uses(save(store, changed).keys) == {"key_2": LATER}


def test_pages_of_organizations_follow_one_another_without_gap_or_repetition(store: Store) -> None:
    for number in range(2, 6):
        an_account(store.accounts, f"org_{number}", f"sk_live_{number}")
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page = store.accounts.page(2, cursor)
        found += [organization.id for organization in page.organizations]
        cursor = page.cursor
    assert (sorted(found), cursor) == ([f"org_{number}" for number in range(1, 6)], None)


@pytest.mark.parametrize("cursor", ["é", "b3JnXzE", "aW5zdF8x"])
def test_a_cursor_that_is_not_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        store.accounts.page(2, cursor)
    with pytest.raises(InvalidRequest, match="cursor"):
        store.log.page(ORGANIZATION, 2, cursor)


def log_something(store: Store) -> None:
    """Three instances created a second after one another, the first of them then deleted; a key of the second."""
    for number in range(3):
        at = f"2026-01-02T04:00:0{number}.000Z"
        entry = an_entry(id=f"audit_{number}", at=at, target_id=f"inst_a{number}")
        store.instances.create(an_instance(id=f"inst_a{number}"), entry)
    deleted = an_entry(
        Action.INSTANCE_DELETION_REQUESTED, id="audit_3", at="2026-01-02T04:00:03.000Z", target_id="inst_a0"
    )
    store.instances.mark_deleting(ORGANIZATION, "inst_a0", deleted)
    key = an_entry(
        Action.INSTANCE_KEY_CREATED,
        id="audit_4",
        at="2026-01-02T04:00:04.000Z",
        target_id="key_1",
        details={"instanceId": "inst_a1"},
    )
    store.instances.mark_deleting(ORGANIZATION, "inst_a1", key)


def ids(store: Store, **wanted: Any) -> list[str]:
    page = store.log.page(ORGANIZATION, 10, None, AuditFilter(**wanted))
    assert page.cursor is None
    return [entry.id for entry in page.entries if entry.action is not Action.ORGANIZATION_CREATED]


def test_the_newest_entry_comes_first(store: Store) -> None:
    log_something(store)
    assert ids(store) == [f"audit_{number}" for number in (4, 3, 2, 1, 0)]


def test_an_entry_is_read_as_it_was_written(store: Store) -> None:
    entry = an_entry(Action.INSTANCE_CREATED, at=LATER, details={"maxMemory": 5, "name": "x", "kept": True})
    store.instances.create(an_instance(), entry)
    assert store.log.page(ORGANIZATION, 1, None).entries == [entry]


def test_entries_are_found_by_instance(store: Store) -> None:
    log_something(store)
    assert ids(store, instance_id="inst_a0") == ["audit_3", "audit_0"]
    assert ids(store, instance_id="inst_a1") == ["audit_4", "audit_1"]


def test_entries_are_found_by_action(store: Store) -> None:
    log_something(store)
    assert ids(store, action=Action.INSTANCE_DELETION_REQUESTED) == ["audit_3"]
    assert ids(store, instance_id="inst_a2", action=Action.INSTANCE_DELETION_REQUESTED) == []


def test_entries_are_found_by_what_they_are_about(store: Store) -> None:
    log_something(store)
    assert ids(store, target_id="key_1") == ["audit_4"]
    assert ids(store, target_id="inst_a1") == ["audit_1"]


def test_entries_are_found_by_who_did_it(store: Store) -> None:
    log_something(store)
    other = an_entry(id="audit_5", at="2026-01-02T04:00:05.000Z", target_id="inst_a7", actor_member_id="mem_other")
    store.instances.create(an_instance(id="inst_a7"), other)
    assert ids(store, member_id="mem_other") == ["audit_5"]
    assert ids(store, member_id="mem_other", target_id="inst_a0") == []


def test_entries_are_found_by_their_time_without_its_end(store: Store) -> None:
    log_something(store)
    assert ids(store, since="2026-01-02T04:00:03.000Z") == ["audit_4", "audit_3"]
    assert ids(store, since="2026-01-02T04:00:01.000Z", until="2026-01-02T04:00:03.000Z") == ["audit_2", "audit_1"]
    assert ids(store, until="2026-01-02T04:00:01.000Z", target_id="inst_a0") == ["audit_0"]


def test_a_cursor_of_another_time_is_refused(store: Store) -> None:
    log_something(store)
    cursor = store.log.page(ORGANIZATION, 1, None).cursor
    for other in (AuditFilter(until="2026-01-02T04:00:02.000Z"), AuditFilter(since="2026-01-02T04:00:09.000Z")):
        with pytest.raises(InvalidRequest, match="cursor"):
            store.log.page(ORGANIZATION, 1, cursor, other)


@pytest.mark.parametrize("instance_id", [None, "inst_a0"])
def test_pages_of_entries_follow_one_another_without_gap_or_repetition(store: Store, instance_id: str | None) -> None:
    log_something(store)
    found: list[str] = []
    cursor = None
    for _ in range(10):
        page = store.log.page(ORGANIZATION, 1, cursor, AuditFilter(instance_id=instance_id))
        found += [entry.id for entry in page.entries if entry.action is not Action.ORGANIZATION_CREATED]
        cursor = page.cursor
        if cursor is None:
            break
    assert (found, cursor) == (ids(store, instance_id=instance_id), None)


def test_another_organizations_log_is_another(store: Store) -> None:
    log_something(store)
    assert store.log.page("org_2", 10, None).entries == []


def test_instances_are_found_by_status(store: Store) -> None:
    log_something(store)
    found = store.contents.instances(ORGANIZATION, Status.DELETING, 10)
    assert [instance.id for instance in found] == ["inst_a0", "inst_a1"]
    assert len(store.contents.instances(ORGANIZATION, Status.DELETING, 1)) == 1
    assert list(store.contents.instances(ORGANIZATION, Status.DELETING, 0)) == []
    assert list(store.contents.instances(ORGANIZATION, Status.RUNNING, 10)) == []


def test_a_removed_organization_is_gone_but_for_its_log(store: Store) -> None:
    save(store, with_second_key(store).with_status(OrganizationStatus.DELETING))
    store.contents.remove(ORGANIZATION)
    store.contents.remove(ORGANIZATION)
    assert store.accounts.membership(ORGANIZATION) is None
    assert store.log.page(ORGANIZATION, 10, None).entries != []


def test_only_a_deleting_organization_is_removed(store: Store) -> None:
    with pytest.raises(IllegalTransition):
        store.contents.remove(ORGANIZATION)
    assert role_of(store, "sk_live_1") is Role.OWNER
