"""What each role is offered: what it may not do is not there, and the page says why."""

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.browser.test_session import an_account_key
from tests.e2e.api import Api
from tests.e2e.stack import Stack

MAY = {"viewer": set(), "developer": {"use"}, "admin": {"use", "delete"}, "owner": {"use", "delete"}}
"""What a role may do of what the console offers; docs/organizations.md has the whole table."""


@pytest.fixture(scope="module")
def instance_id(stack: Stack) -> str:
    created = stack.api.create(name="of-all-roles")
    stack.api.wait(created.id)
    return created.id


@pytest.mark.parametrize("role", MAY)
def test_a_role_is_offered_what_it_may_do(console: Console, api: Api, instance_id: str, role: str) -> None:
    _, token = an_account_key(api, role)
    console.sign_in("/instances", token)
    uses, deletes = "use" in MAY[role], "delete" in MAY[role]
    expect(console.link("Create instance")).to_have_count(int(uses))
    expect(console.page.get_by_text(f"yours is {role}")).to_have_count(0 if uses else 1)

    console.go(f"/instances/{instance_id}/keys")
    expect(console.row("of-all-roles-default")).to_be_visible()
    expect(console.button("Make a key")).to_have_count(int(uses))
    expect(console.button("Revoke of-all-roles-default")).to_have_count(int(uses))

    console.go(f"/instances/{instance_id}/backups")
    expect(console.heading("Backups")).to_be_visible()
    expect(console.button("Take a backup")).to_have_count(int(uses))

    console.go(f"/instances/{instance_id}/settings")
    expect(console.heading("Delete this instance")).to_be_visible()
    expect(console.button("Apply")).to_have_count(int(uses))
    expect(console.button("Delete…")).to_have_count(int(deletes))
    if not deletes:
        expect(console.page.get_by_text("To delete an instance needs the role admin; yours is")).to_be_visible()


def test_a_role_that_was_lowered_meanwhile_gets_the_apis_words(console: Console, api: Api, instance_id: str) -> None:
    """The page offers what it knew; the API decides."""
    member = api.send("POST", f"/organizations/{api.organization_id}/members", json={"name": "Kim", "role": "admin"})
    member_id = member.json()["member"]["id"]
    keys = f"/organizations/{api.organization_id}/keys"
    key = api.send("POST", keys, json={"name": "Kim's", "role": "admin", "memberId": member_id}).json()["createdKey"]
    console.sign_in(f"/instances/{instance_id}/settings", key["plainTextKey"])
    expect(console.button("Delete…")).to_be_visible()
    api.send("PATCH", f"/organizations/{api.organization_id}/members/{member_id}", json={"role": "viewer"})
    console.button("Delete…").click()
    console.page.get_by_label("Type its name to confirm").fill("of-all-roles")
    console.button("Delete for good").click()
    expect(console.page.get_by_role("alert")).to_contain_text("ROLE_TOO_LOW")
    assert api.status(instance_id) == "RUNNING"
