"""Signing in and out: who may see what, where the key is not, and a session that ends in the middle of something."""

from playwright.sync_api import expect

from tests.browser.console import SOON, Console
from tests.e2e.api import Api

STORED = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state,
  (await indexedDB.databases()).length, (await caches.keys()).length,
])"""


def an_account_key(api: Api, role: str, name: str = "of a test") -> tuple[str, str]:
    """A new account key: its id, and the key."""
    answer = api.send("POST", f"/organizations/{api.organization_id}/keys", json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    key = answer.json()["createdKey"]
    return key["id"], key["plainTextKey"]


def revoke(api: Api, key_id: str) -> None:
    assert api.send("DELETE", f"/organizations/{api.organization_id}/keys/{key_id}").status_code == 200


def dialog_of(console: Console) -> None:
    expect(console.page.get_by_role("dialog", name="Sign in again")).to_be_visible(timeout=5 * SOON)


def test_an_address_is_come_back_to_after_signing_in(console: Console) -> None:
    console.sign_in("/instances/new")
    expect(console.heading("Create an instance")).to_be_visible()
    assert console.page.url.endswith("/console/instances/new")


def test_a_key_that_is_none_is_refused_in_the_apis_words(console: Console) -> None:
    console.go()
    field = console.page.get_by_label("Account key")
    expect(field).to_be_focused()
    console.give_key("sk_live_" + "0" * 32)
    expect(console.page.get_by_text("this account key is not known")).to_be_visible()
    expect(field).to_be_focused()
    assert field.get_attribute("aria-invalid") == "true"


def test_no_script_can_read_the_session_and_the_key_is_stored_nowhere(signed_in: Console) -> None:
    [cookie] = signed_in.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    stored = signed_in.page.evaluate(STORED)
    assert signed_in.stack.facts["token"] not in stored
    assert cookie["value"] not in stored
    assert signed_in.stack.facts["token"] not in signed_in.page.content()


def test_signing_out_ends_the_session_in_every_window(signed_in: Console) -> None:
    other = Console(signed_in.page.context.new_page(), signed_in.stack)
    other.go("/instances")
    expect(other.heading("Instances")).to_be_visible()
    signed_in.page.bring_to_front()
    signed_in.page.locator(".account summary").click()
    signed_in.button("Sign out").click()
    for window in (signed_in, other):
        expect(window.heading("Sign in to SwiftCache")).to_be_visible()
    signed_in.page.reload()
    expect(signed_in.heading("Sign in to SwiftCache")).to_be_visible()


def test_a_key_that_is_revoked_in_the_middle_loses_nothing_that_was_typed(console: Console, api: Api) -> None:
    key_id, token = an_account_key(api, "developer")
    console.sign_in("/instances/new", token)
    console.page.get_by_label("Name", exact=True).fill("in-the-middle")
    expect(console.page.get_by_label("Region")).to_have_value("eu-central")
    revoke(api, key_id)
    console.button("Create instance").click()
    dialog_of(console)
    console.give_key(console.stack.facts["token"])
    expect(console.heading("in-the-middle")).to_be_visible()
    made = [found for found in api.instances() if found["name"] == "in-the-middle"]
    assert len(made) == 1
    api.delete(made[0]["id"])


def test_a_session_that_ends_while_one_only_looks_is_noticed(console: Console, api: Api) -> None:
    key_id, token = an_account_key(api, "viewer")
    created = api.create(name="only-looked-at")
    api.wait(created.id)
    console.sign_in(f"/instances/{created.id}", token)
    expect(console.status("Running")).to_be_visible()
    revoke(api, key_id)
    dialog_of(console)
    console.button("Sign out").click()
    expect(console.heading("Sign in to SwiftCache")).to_be_visible()
    api.delete(created.id)


def test_whoever_signs_in_from_another_organization_sees_nothing_of_the_one_before(console: Console, api: Api) -> None:
    key_id, token = an_account_key(api, "developer")
    made = api.send("POST", "/organizations", json={"name": "Another"}).json()
    console.sign_in("/instances/new", token)
    console.page.get_by_label("Name", exact=True).fill("whose")
    expect(console.page.get_by_label("Region")).to_have_value("eu-central")
    revoke(api, key_id)
    console.button("Create instance").click()
    dialog_of(console)
    console.give_key(made["createdOwnerKey"]["plainTextKey"])
    expect(console.page.locator(".organization")).to_have_text("Another")
    expect(console.heading("Your first Redis is a minute away")).to_be_visible()
    assert not [found for found in api.instances() if found["name"] == "whose"]
