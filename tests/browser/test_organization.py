"""The organization: its members, account keys, limits, audit log and end, as a person clicks them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.console import SOON, Console
from tests.browser.organization import Organization, an_organization
from tests.e2e.api import Api

ACCOUNT_KEY = re.compile(r"sk_live_[0-9a-f]{32}")


@pytest.fixture
def own(api: Api) -> Organization:
    return an_organization(api)


@pytest.fixture
def owner(console: Console, own: Organization) -> Console:
    """A window where the owner of an organization without anything is signed in."""
    console.sign_in("/organization", own.token)
    expect(console.heading("Limits and usage")).to_be_visible()
    return console


def test_a_member_is_added_given_another_role_and_removed(owner: Console, own: Organization) -> None:
    page = owner.page
    owner.turn_to("Members")
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_label("Role", exact=True).select_option("viewer")
    owner.button("Add member").click()
    expect(owner.row("Ada")).to_contain_text("viewer")

    owner.button("Change Ada").click()
    dialog = page.get_by_role("dialog", name="Change Ada")
    dialog.get_by_label("Role").select_option("admin")
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(owner.row("Ada")).to_contain_text("admin")
    members = own.api.send("GET", f"{own.path}/members").json()["members"]
    assert {(member["name"], member["role"]) for member in members} == {("owner", "owner"), ("Ada", "admin")}

    owner.button("Remove Ada").click()
    page.get_by_role("dialog", name="Remove Ada?").get_by_role("button", name="Remove").click()
    expect(owner.row("Ada")).to_have_count(0)


def test_the_last_owner_stays_and_the_api_says_why(owner: Console) -> None:
    owner.go("/organization/members")
    owner.button("Change owner").click()
    dialog = owner.page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option("admin")
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("an organization needs an owner")
    expect(dialog.get_by_role("alert")).to_contain_text("LAST_OWNER")


def test_who_lowers_his_own_role_is_offered_less_at_once(owner: Console, own: Organization) -> None:
    own.member("owner", "Grace")
    owner.go("/organization/members")
    owner.button("Change owner").click()
    dialog = owner.page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option("viewer")
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(owner.page.get_by_text("To add a member needs the role admin; yours is viewer.")).to_be_visible()
    expect(owner.button("Change Grace")).to_have_count(0)


def test_an_account_key_is_shown_once_opens_the_console_and_is_revoked(
    owner: Console, own: Organization, opened: Open
) -> None:
    page = owner.page
    owner.turn_to("Account keys")
    page.get_by_label("Name", exact=True).fill("ci")
    page.get_by_label("Role", exact=True).select_option("developer")
    page.get_by_label("Expires").select_option("30")
    owner.button("Make a key").click()
    shown = page.get_by_role("region", name="The key ci")
    key = ACCOUNT_KEY.search(shown.inner_text())
    assert key is not None
    shown.get_by_role("button", name="I have saved it").click()
    expect(page.get_by_text(key[0])).to_have_count(0)
    page.reload()
    expect(owner.row("ci")).to_contain_text("developer")
    assert key[0] not in page.content()

    other = opened()
    other.sign_in("/organization/keys", key[0])
    expect(other.row("ci")).to_contain_text("signed in with it")
    owner.button("Revoke ci").click()
    page.get_by_role("dialog", name="Revoke ci?").get_by_role("button", name="Revoke").click()
    expect(owner.row("ci")).to_have_count(0)
    other.page.reload()
    expect(other.heading("Sign in to SwiftCache")).to_be_visible()
    assert own.api.send("GET", f"{own.path}/keys").json()["keys"][0]["name"] == "first"


def test_the_last_key_of_an_owner_stays(owner: Console) -> None:
    owner.go("/organization/keys")
    owner.button("Revoke first").click()
    dialog = owner.page.get_by_role("dialog")
    expect(dialog.get_by_text("You are signed in with this key")).to_be_visible()
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_role("alert")).to_contain_text("LAST_OWNER_KEY")


def test_limits_usage_and_cost_are_shown(owner: Console, own: Organization, api: Api) -> None:
    api.send("PATCH", own.path, json={"limits": {"instances": 4, "memory": 1024**3}})
    created = own.api.create(name="counted", maxMemory=256 * 1024 * 1024)
    own.api.wait(created.id)
    owner.page.reload()
    meters = owner.page.get_by_role("meter")
    expect(meters.nth(0)).to_have_attribute("aria-valuetext", "1 of 4")
    expect(meters.nth(1)).to_have_attribute("aria-valuetext", "256 MB of 1 GB")
    expect(owner.page.get_by_text("$12.34")).to_be_visible()
    own.api.delete(created.id)


def test_a_new_name_is_in_the_header_at_once(owner: Console, own: Organization) -> None:
    owner.page.get_by_label("Name", exact=True).fill("Another name")
    owner.button("Rename").click()
    expect(owner.heading("Another name")).to_be_visible()
    expect(owner.page.locator(".organization")).to_have_text("Another name")
    assert own.api.send("GET", own.path).json()["organization"]["name"] == "Another name"


def test_an_organization_is_deleted_by_its_name_and_everybody_signed_out(owner: Console, own: Organization) -> None:
    owner.button("Delete…").click()
    dialog = owner.page.get_by_role("dialog", name=f"Delete {own.name}?")
    delete = dialog.get_by_role("button", name="Delete for good")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Type its name to confirm").fill(own.name)
    delete.click()
    expect(owner.heading("Sign in to SwiftCache")).to_be_visible()
    expect(owner.page.get_by_text(f"{own.name} is being deleted")).to_be_visible()
    assert own.api.send("GET", own.path).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "developer", "admin", "owner"])
def test_a_role_is_offered_what_it_may_do_with_the_organization(console: Console, own: Organization, role: str) -> None:
    _, token = own.member(role, "Kim")
    webhook = own.webhook("http://127.0.0.1:9/")
    console.sign_in("/organization", token)
    manages, owns = int(role in ("admin", "owner")), int(role == "owner")
    expect(console.heading("Limits and usage")).to_be_visible()
    expect(console.link("Operator")).to_have_count(0)
    expect(console.button("Set limits")).to_have_count(0)
    expect(console.button("Rename")).to_have_count(owns)
    expect(console.button("Delete…")).to_have_count(owns)
    if not owns:
        reason = console.page.get_by_text(f"To delete the organization needs the role owner; yours is {role}.")
        expect(reason).to_be_visible()

    console.go("/organization/members")
    expect(console.row("Kim")).to_be_visible()
    expect(console.button("Add member")).to_have_count(manages)
    expect(console.button("Change Kim")).to_have_count(manages)
    expect(console.button("Change owner")).to_have_count(owns)
    if role == "admin":
        expect(console.row("owner").first).to_contain_text("Your role admin is lower than owner")
        assert console.page.get_by_label("Role", exact=True).locator("option").all_inner_texts() == [
            "viewer",
            "developer",
            "admin",
        ]

    console.go("/organization/keys")
    expect(console.row("Kim").first).to_be_visible()
    expect(console.button("Make a key")).to_have_count(manages)
    expect(console.button("Revoke first")).to_have_count(owns)

    console.go("/organization/webhooks")
    expect(console.link("127.0.0.1:9")).to_be_visible()
    expect(console.button("Create webhook")).to_have_count(manages)
    console.go(f"/organization/webhooks/{webhook}")
    expect(console.heading("Deliveries")).to_be_visible()
    for button in ("Send a test", "Apply", "Delete…"):
        expect(console.button(button)).to_have_count(manages)


def test_the_audit_log_is_filtered_by_an_address_that_can_be_given_on(owner: Console, own: Organization) -> None:
    own.member("viewer", "Ada")
    owner.turn_to("Audit log")
    page, entries = owner.page, owner.page.locator(".entry")
    expect(entries).to_have_count(3)
    page.get_by_label("What", exact=True).select_option("member.added")
    expect(entries).to_have_count(1)
    expect(entries.first).to_contain_text("Member added Ada")
    assert page.url.endswith("/organization/audit?action=member.added")
    page.reload()
    expect(entries).to_have_count(1)
    page.get_by_label("Who").select_option("Ada")
    expect(page.get_by_text("Nothing of the kind has happened in the last 90 days.")).to_be_visible()
    owner.button("Show all entries").click()
    expect(entries).to_have_count(3)
    page.get_by_label("When").select_option("1h")
    expect(entries).to_have_count(3)
    page.get_by_label("When").select_option("between")
    page.get_by_label("To", exact=True).fill("2020-01-01T00:00")
    expect(entries).to_have_count(0)
    owner.go("/organization/audit?when=between&since=2020-01-01T00:00")
    expect(entries).to_have_count(3)


def test_an_entry_says_who_from_where_and_leads_to_all_about_its_target(owner: Console, own: Organization) -> None:
    member, _ = own.member("viewer", "Ada")
    own.api.send("PATCH", f"{own.path}/members/{member}", json={"role": "developer"})
    owner.go("/organization/audit")
    entry = owner.page.locator(".entry", has_text="Member changed")
    entry.locator("summary").click()
    for said in ("member.changed", member, "127.0.0.1", "roleTo", "developer", "With the account key"):
        expect(entry).to_contain_text(said)
    entry.get_by_role("button", name="All about Ada").click()
    expect(owner.page.locator(".entry")).to_have_count(2)
    assert owner.page.url.endswith(f"?target={member}")


def test_what_happens_is_in_the_audit_log_and_older_entries_are_read_back(owner: Console, own: Organization) -> None:
    for number in range(60):
        own.api.send("PATCH", own.path, json={"name": f"name {number}"})
    owner.go("/organization/audit")
    entries = owner.page.locator(".entry")
    expect(entries).to_have_count(50)
    owner.button("Load older entries").click()
    expect(entries).to_have_count(61)
    expect(entries.last).to_contain_text("Organization created")
    expect(owner.button("Load older entries")).to_have_count(0)
    own.member("viewer", "Ada")
    expect(entries.first).to_contain_text("Account key created", timeout=15 * SOON)
    expect(entries).to_have_count(63)


def test_an_address_inside_the_organization_is_opened_and_back_goes_back(owner: Console) -> None:
    owner.go("/organization/members")
    expect(owner.heading("Members")).to_be_visible()
    owner.turn_to("Account keys")
    expect(owner.heading("Account keys")).to_be_focused()
    owner.page.go_back()
    expect(owner.heading("Members")).to_be_focused()
    owner.go("/organization/nothing")
    expect(owner.page.get_by_text("There is no such section.")).to_be_visible()


def test_what_a_button_does_is_shown_as_curl(owner: Console, own: Organization) -> None:
    owner.go("/organization/members")
    owner.page.get_by_label("Name", exact=True).fill("Ada's")
    owner.page.get_by_text("Show as a command").last.click()
    shown = owner.page.get_by_role("region", name="The same with curl").last
    expect(shown).to_contain_text(f"curl -sS -X POST '{own.api.url}/api/v1{own.path}/members'")
    expect(shown).to_contain_text('"name": "Ada\'\\\'\'s"')
