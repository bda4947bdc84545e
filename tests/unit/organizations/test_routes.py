"""What the API answers about organizations, members, account keys and the audit log."""

import json
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.platform.tokens import sha256
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World
from tests.samples import a_member, an_account, an_account_key, an_entry, an_organization

OPERATOR = {"authorization": "Bearer sk_live_operator"}
OTHER = "org_456"


@pytest.fixture(autouse=True)
def people(world: World) -> None:
    """An operator, another organization, and the member and key that the samples speak of."""
    an_account(world.accounts, "org_operator", "sk_live_operator", Role.OPERATOR)
    an_account(world.accounts, OTHER, "sk_live_other")
    before = world.accounts.membership(ORGANIZATION)
    assert before is not None
    member = a_member(id="mem_abc123xyz", organization_id=ORGANIZATION, name="Ada", role=Role.DEVELOPER)
    ids: dict[str, Any] = {"organization_id": ORGANIZATION, "member_id": member.id, "role": Role.DEVELOPER}
    key = an_account_key("sk_live_ada", id="key_abc123xyz", **ids)
    world.accounts.save(before, before.with_member(member).with_key(key), an_entry())


def send(world: World, name: str, body: dict[str, Any] | None = None, **changes: Any) -> Answer:
    return world.send(name, **({} if body is None else {"body": json.dumps(body)}), **changes)


def test_a_creation_shows_the_organization_and_the_owners_key_once(world: World) -> None:
    answer = world.send("create_organization", headers=OPERATOR)
    organization, member, key = (answer.body[name] for name in ("organization", "member", "createdOwnerKey"))
    assert answer.status == 201
    assert answer.headers["location"] == f"/api/v1/organizations/{organization['id']}"
    assert organization == {
        "id": organization["id"],
        "name": "Acme",
        "status": "ACTIVE",
        "limits": {"instances": 10, "memory": 10737418240, "backups": 1000, "backupBytes": 1099511627776},
        "createdAt": "2026-01-02T03:04:05Z",
    }
    assert (member["role"], key["role"], key["memberId"]) == ("owner", "owner", member["id"])
    assert key["plainTextKey"].startswith(f"{key['prefix']}")
    assert [stored.sha256 for stored in world.accounts.keys[organization["id"]]] == [sha256(key["plainTextKey"])]
    assert key["plainTextKey"] not in repr(world.accounts)


def test_the_list_holds_every_organization_in_pages(world: World) -> None:
    first = world.send("list_organizations", headers=OPERATOR, queryStringParameters={"limit": "2"})
    query = {"limit": "2", "cursor": first.body["nextCursor"]}
    second = world.send("list_organizations", headers=OPERATOR, queryStringParameters=query)
    found = [one["id"] for page in (first, second) for one in page.body["organizations"]]
    assert (found, second.body["nextCursor"]) == ([ORGANIZATION, OTHER, "org_operator"], None)


def test_an_organization_is_shown_renamed_and_deleted(world: World) -> None:
    assert world.send("get_organization").body["organization"]["name"] == "Acme"
    assert world.send("change_organization").body["organization"]["name"] == "Acme Ltd"
    deleted = world.send("delete_organization")
    assert (deleted.status, deleted.body["organization"]["status"]) == (202, "DELETING")
    assert world.send("get_organization").status == 401


def test_a_suspension_shows_in_the_status_and_can_be_taken_back(world: World) -> None:
    assert world.send("suspend_organization", headers=OPERATOR).body["organization"]["status"] == "SUSPENDED"
    other = {"authorization": "Bearer sk_live_other"}
    assert world.send("get_organization", f"/api/v1/organizations/{OTHER}", headers=other).status == 401
    assert world.send("resume_organization", headers=OPERATOR).body["organization"]["status"] == "ACTIVE"
    assert world.send("get_organization", f"/api/v1/organizations/{OTHER}", headers=other).status == 200


def test_the_operators_own_organization_is_a_conflict(world: World) -> None:
    path = "/api/v1/organizations/org_operator"
    answer = world.send("suspend_organization", f"{path}/suspend", headers=OPERATOR)
    assert (answer.status, answer.body["code"]) == (409, "OWN_ORGANIZATION")


def test_usage_has_limits_used_and_left(world: World) -> None:
    world.with_instance()
    assert world.send("get_usage").body == {
        "limits": {"instances": 10, "memory": 10737418240, "backups": 10000, "backupBytes": 10737418240},
        "used": {"instances": 1, "memory": 536870912, "backups": 0, "backupBytes": 0},
        "left": {"instances": 9, "memory": 10200547328, "backups": 10000, "backupBytes": 10737418240},
    }


def test_a_limit_that_is_reached_says_so_in_numbers(world: World) -> None:
    limit = an_organization(id=ORGANIZATION).limits
    for number in range(limit.instances):
        assert world.post({**json.loads(sample_body()), "name": f"x{number}"}).status == 201
    answer = world.send("create_instance")
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (429, "LIMIT_EXCEEDED", "30")
    assert answer.body["limits"][0] == {"name": "instances", "limit": 10, "used": 10, "requested": 1}


def sample_body() -> str:
    return json.dumps({"organizationId": ORGANIZATION, "name": "x", "maxMemory": 10485760, "region": "eu-central"})


def test_the_log_answers_who_deleted_it(world: World) -> None:
    world.with_instance()
    world.send("delete_instance")
    [entry] = world.send("list_audit").body["entries"][:1]
    assert entry == {
        "id": entry["id"],
        "at": "2026-01-02T03:04:05.678Z",
        "action": "instance.deletion_requested",
        "target": {"id": INSTANCE, "name": entry["target"]["name"]},
        "actor": {
            "keyId": "key_owner",
            "keyName": "first",
            "memberId": "mem_owner",
            "role": "owner",
            "system": None,
        },
        "sourceIp": "203.0.113.7",
        "requestId": "JKJaXmPLvHcESHA=",
        "details": {},
    }


AUDITED = {
    "action": "instance.deletion_requested",
    "memberId": "mem_owner",
    "targetId": INSTANCE,
    "since": "2026-01-02T04:04:05.678+01:00",
    "until": "2026-01-02T03:04:05.679Z",
}


@pytest.mark.parametrize(
    ("different", "found"),
    [
        ({}, 1),
        ({"action": "member.added"}, 0),
        ({"memberId": "mem_2"}, 0),
        ({"targetId": "inst_2"}, 0),
        ({"since": "2026-01-02T03:04:06Z", "until": "2026-01-03T00:00:00Z"}, 0),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T03:04:05Z"}, 0),
    ],
)
def test_the_log_is_asked_by_what_who_target_and_time(world: World, different: dict[str, str], found: int) -> None:
    world.with_instance()
    world.send("delete_instance")
    assert len(world.send("list_audit", queryStringParameters=AUDITED | different).body["entries"]) == found


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"action": "instance.eaten"},
        {"cursor": "x"},
        {"since": "yesterday"},
        {"until": "2026-01-02"},
        {"until": "0.5"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
    ],
)
def test_the_log_is_not_asked_what_it_does_not_take(world: World, query: dict[str, str]) -> None:
    assert world.send("list_audit", queryStringParameters=query).status == 422


def test_members_are_added_shown_changed_and_removed(world: World) -> None:
    added = world.send("create_member")
    member = added.body["member"]
    assert (added.status, member["name"], member["role"]) == (201, "Ada", "developer")
    assert added.headers["location"] == f"/api/v1/organizations/{ORGANIZATION}/members/{member['id']}"
    assert member in world.send("list_members").body["members"]
    assert world.send("get_member").body["member"]["role"] == "developer"
    assert world.send("change_member").body["member"]["role"] == "viewer"
    assert world.send("remove_member").body == {"message": "Member removed", "member": {"id": "mem_abc123xyz"}}
    assert world.send("get_member").status == 404


def test_an_account_key_is_shown_once_and_then_by_its_prefix(world: World) -> None:
    created = world.send("create_account_key").body["createdKey"]
    listed = world.send("list_account_keys")
    assert created["plainTextKey"] not in listed.text
    [found] = [key for key in listed.body["keys"] if key["id"] == created["id"]]
    assert found == {
        "id": created["id"],
        "name": "ci",
        "prefix": created["plainTextKey"][:12],
        "role": "developer",
        "member": {
            "id": "mem_abc123xyz",
            "name": "Ada",
            "role": "developer",
            "createdAt": "2026-01-02T03:04:05Z",
        },
        "createdAt": "2026-01-02T03:04:05Z",
        "expiresAt": None,
        "lastUsedAt": None,
    }


def test_a_revoked_key_works_no_more(world: World) -> None:
    bearer = {"authorization": "Bearer sk_live_ada"}
    assert world.send("list_members", headers=bearer).status == 200
    assert world.send("revoke_account_key").body["message"] == "Account key revoked"
    assert world.send("list_members", headers=bearer).status == 401


def test_a_key_may_expire(world: World) -> None:
    body = {"name": "ci", "role": "viewer", "expiresAt": "2026-01-02T05:00:00+01:00"}
    created = send(world, "create_account_key", body).body["createdKey"]
    assert created["expiresAt"] == "2026-01-02T04:00:00.000Z"


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("create_organization", {"name": ""}, "/name"),
        ("create_organization", {"name": "a\nb"}, "/name"),
        ("create_organization", {"name": "a", "limits": {"instances": 1}}, "/limits/memory"),
        ("create_organization", {"name": "a", "limits": {"instances": -1, "memory": 1}}, "/limits/instances"),
        ("create_organization", {"name": "a", "limits": {"instances": 1, "memory": 1.5}}, "/limits/memory"),
        ("change_organization", {"status": "ACTIVE"}, "/status"),
        ("create_member", {"name": "a"}, "/role"),
        ("create_member", {"name": "a", "role": "king"}, "/role"),
        ("change_member", {"role": 1}, "/role"),
        ("create_account_key", {"name": "a", "role": "viewer", "expiresAt": 1}, "/expiresAt"),
        ("create_account_key", {"name": "a", "role": "viewer", "expiresAt": "2030-01-01T00:00:00"}, "/expiresAt"),
        ("create_account_key", {"name": "a", "role": "viewer", "expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        (
            "create_account_key",
            {"name": "a", "role": "viewer", "expiresAt": "9999-12-31T23:59:59-14:00"},
            "/expiresAt",
        ),
        ("create_account_key", {"name": "a", "role": "owner", "memberId": "mem_abc123xyz"}, "/role"),
    ],
)
def test_an_invalid_value_is_named(world: World, name: str, body: dict[str, Any], pointer: str) -> None:
    answer = send(world, name, body, headers=OPERATOR if name == "create_organization" else {})
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])


def test_a_conflict_says_what_stands_in_the_way(world: World) -> None:
    answer = world.send("revoke_account_key", f"/api/v1/organizations/{ORGANIZATION}/keys/key_owner")
    assert (answer.status, answer.body["code"]) == (409, "LAST_OWNER_KEY")
    answer = world.send("remove_member", f"/api/v1/organizations/{ORGANIZATION}/members/mem_owner")
    assert (answer.status, answer.body["code"]) == (409, "LAST_OWNER")
