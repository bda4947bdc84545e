"""The area of who runs the service: organizations, the warm pool, and what the reconciler found."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.console import RUNNING, SOON, Console
from tests.browser.organization import an_organization
from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.integration.redis.writers import wait_for

ACCOUNT_KEY = re.compile(r"sk_live_[0-9a-f]{32}")


def reconcile(stack: Stack) -> None:
    """Has the reconciler pass once, as the schedule would; after that one's, if it is on its way."""
    functions = stack.aws("lambda").list_functions()["Functions"]
    [name] = [one["FunctionName"] for one in functions if "ReconcileFleetFunction" in one["FunctionName"]]

    def passed() -> bool:
        answer = json.load(stack.aws("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"])
        return bool(answer["complete"])

    wait_for(passed)


def test_an_organization_is_created_with_a_key_that_is_shown_once(signed_in: Console, opened: Open, api: Api) -> None:
    page = signed_in.page
    signed_in.link("Operator").click()
    signed_in.link("Organizations").click()
    expect(signed_in.heading("Organizations")).to_be_focused()
    signed_in.link("Create organization").click()
    page.get_by_label("Name", exact=True).fill("Created here")
    page.get_by_role("spinbutton", name="Instances", exact=True).fill("3")
    page.get_by_label("Memory of instances, in GB").fill("1.5")
    signed_in.button("Create organization").click()
    expect(signed_in.heading("Created here")).to_be_focused()
    shown = page.get_by_role("region", name="The key Created here's first key")
    key = ACCOUNT_KEY.search(shown.inner_text())
    assert key is not None
    shown.get_by_role("button", name="I have saved it").click()
    page.reload()
    expect(signed_in.heading("Created here")).to_be_visible()
    assert key[0] not in page.content()
    made = api.send("GET", f"/organizations/{page.url.rpartition('/')[2]}").json()["organization"]
    assert (made["limits"]["instances"], made["limits"]["memory"]) == (3, 1.5 * 1024**3)

    other = opened()
    other.sign_in("/organization", key[0])
    expect(other.heading("Created here")).to_be_visible()
    expect(other.link("Operator")).to_have_count(0)


def test_an_organization_is_found_suspended_by_its_name_and_resumed(signed_in: Console, api: Api) -> None:
    found = an_organization(api)
    page = signed_in.page
    signed_in.go("/operator/organizations")
    page.get_by_label("Search").fill(found.id)
    expect(page.get_by_role("row")).to_have_count(2)
    signed_in.link(found.name).click()
    signed_in.button("Suspend…").click()
    dialog = page.get_by_role("dialog", name=f"Suspend {found.name}?")
    expect(dialog.get_by_role("button", name="Suspend")).to_be_disabled()
    dialog.get_by_label("Type its name to confirm").fill(found.name)
    dialog.get_by_role("button", name="Suspend").click()
    expect(signed_in.status("Suspended")).to_be_visible(timeout=3 * SOON)
    assert found.api.send("GET", found.path).status_code == 401
    signed_in.go("/operator/organizations?status=SUSPENDED")
    expect(signed_in.row(found.name)).to_be_visible()
    signed_in.link(found.name).click()
    signed_in.button("Resume").click()
    expect(signed_in.status("Active")).to_be_visible(timeout=3 * SOON)
    assert found.api.send("GET", found.path).status_code == 200


def test_limits_are_set_and_another_owners_key_is_made(signed_in: Console, api: Api) -> None:
    found = an_organization(api)
    page = signed_in.page
    signed_in.go(f"/operator/organizations/{found.id}")
    page.get_by_role("spinbutton", name="Instances", exact=True).fill("7")
    signed_in.button("Set limits").click()
    expect(page.get_by_role("meter").first).to_have_attribute("aria-valuetext", "0 of 7", timeout=3 * SOON)
    signed_in.turn_to("Account keys")
    page.get_by_label("Name", exact=True).fill("for who lost it")
    page.get_by_label("Role", exact=True).select_option("owner")
    signed_in.button("Make a key").click()
    expect(page.get_by_role("region", name="The key for who lost it")).to_be_visible()
    expect(signed_in.row("for who lost it")).to_contain_text("owner")
    signed_in.turn_to("Audit log")
    expect(page.locator(".entry").first).to_contain_text("who runs the service")


def test_an_organization_is_deleted_by_the_operator(signed_in: Console, api: Api) -> None:
    found = an_organization(api)
    signed_in.go(f"/operator/organizations/{found.id}")
    signed_in.button("Delete…").click()
    dialog = signed_in.page.get_by_role("dialog")
    dialog.get_by_label("Type its name to confirm").fill(found.name)
    dialog.get_by_role("button", name="Delete for good").click()
    expect(signed_in.heading("Organizations")).to_be_visible()
    expect(signed_in.row(found.name)).to_have_count(0, timeout=2 * RUNNING)
    signed_in.go(f"/operator/organizations/{found.id}")
    expect(signed_in.heading("There is no such organization")).to_be_visible()


def test_the_operators_own_organization_can_be_neither_suspended_nor_deleted(signed_in: Console, api: Api) -> None:
    for path in ("/organization", f"/operator/organizations/{api.organization_id}"):
        signed_in.go(path)
        expect(signed_in.page.get_by_text("nobody could undo its deletion")).to_be_visible()
        expect(signed_in.button("Suspend…")).to_have_count(0)
        expect(signed_in.button("Delete…")).to_have_count(0)


def test_the_fleet_is_shown_as_the_reconciler_has_counted_it(signed_in: Console, api: Api) -> None:
    created = api.create(name="counted")
    api.wait(created.id)
    # The first pass puts right what other tests of this stack have written into the record by themselves.
    for _ in range(2):
        reconcile(signed_in.stack)
    signed_in.go("/operator")
    expect(signed_in.heading("Instances of all organizations")).to_be_visible()
    fleet = api.send("GET", "/operations/fleet").json()
    tile = signed_in.page.locator(".tile", has_text="Running")
    expect(tile.locator("b")).to_have_text(str(fleet["instances"]["byStatus"]["RUNNING"]))
    expect(signed_in.page.get_by_text("In its last pass the record and the world agreed.")).to_be_visible()
    expect(signed_in.page.get_by_text("There is no warm pool")).to_be_visible()
    api.delete(created.id)


def test_what_belongs_to_nobody_is_shown_with_what_becomes_of_it(signed_in: Console, api: Api) -> None:
    an_organization(api).webhook("http://127.0.0.1:9/")
    secrets = signed_in.stack.aws("secretsmanager")
    prefix = next(name for one in secrets.list_secrets()["SecretList"] if "/webhooks/" in (name := one["Name"]))
    name = f"{prefix.rpartition('/')[0]}/wh_ofnobody"
    secrets.create_secret(Name=name, SecretString="x")
    reconcile(signed_in.stack)
    signed_in.go("/operator")
    expect(signed_in.row("wh_ofnobody")).to_contain_text("webhook's secret")
    expect(signed_in.row("wh_ofnobody")).to_contain_text("left alone for now")
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize(
    "path", ["/operator", "/operator/rollouts", "/operator/organizations", "/operator/organizations/new"]
)
def test_who_does_not_run_the_service_reads_why_there_is_nothing(console: Console, api: Api, path: str) -> None:
    console.sign_in(path, an_organization(api).token)
    expect(console.page.get_by_text("needs the role operator; yours is owner.")).to_be_visible()
    expect(console.link("Operator")).to_have_count(0)
    expect(console.button("Create organization")).to_have_count(0)
