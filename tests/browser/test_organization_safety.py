"""The pages of the organization and the operator: names stay text, axe finds nothing, and 320 px are enough."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ViewportSize, expect

from local.rollout import begin_rollout
from tests.browser.axe import findings
from tests.browser.conftest import Open, Theme
from tests.browser.console import Console
from tests.browser.organization import Organization, an_organization
from tests.browser.test_access import NARROW, WIDE, is_wider_than_the_window, settled
from tests.browser.test_safety import EVIL
from tests.browser.test_safety import no_alert as no_alert
from tests.e2e.stack import Stack

PAGES = [
    "/organization",
    "/organization/members",
    "/organization/keys",
    "/organization/webhooks",
    "/organization/webhooks/WEBHOOK",
    "/organization/audit",
    "/operator",
    "/operator/rollouts",
    "/operator/organizations",
    "/operator/organizations/new",
    "/operator/organizations/ORGANIZATION",
    "/operator/organizations/ORGANIZATION/members",
    "/operator/organizations/ORGANIZATION/keys",
    "/operator/organizations/ORGANIZATION/audit",
]


@pytest.fixture(scope="module")
def evil(stack: Stack) -> Organization:
    """An organization where everything that somebody names is called as nothing should be."""
    found = an_organization(stack.api, EVIL[0])
    for name in EVIL:
        found.member("developer", name)
        found.webhook(f"http://127.0.0.1:9/{name.replace(' ', '')}", description=name)
    return found


@pytest.fixture(scope="module")
def addresses(stack: Stack) -> Iterator[list[str]]:
    """The addresses of all pages, with something long on each, and a rollout that is given up, which says why."""
    rollout = begin_rollout("7.2.16", stack.facts["awsEndpointUrl"])
    stack.api.send("POST", f"/operations/rollouts/{rollout}/abandon")
    own = Organization(stack.api.organization_id, "Local", stack.api, "", stack.facts["token"])
    long = "A-name-without-a-place-to-break-it-" + "x" * 29
    other = an_organization(stack.api, long)
    member, _ = own.member("viewer", long)
    webhook = own.webhook("http://127.0.0.1:9/" + "path" * 60, description=long)
    own.api.send("POST", f"{own.path}/webhooks/{webhook}/test")
    yield [path.replace("WEBHOOK", webhook).replace("ORGANIZATION", other.id) for path in PAGES]
    own.api.send("DELETE", f"{own.path}/members/{member}")
    own.api.send("DELETE", f"{own.path}/webhooks/{webhook}")
    own.api.send("DELETE", other.path)


def test_the_names_of_members_keys_webhooks_and_organizations_are_text(no_alert: Console, evil: Organization) -> None:
    page = no_alert.page
    page.context.clear_cookies()
    no_alert.sign_in("/organization/members", evil.token)
    expect(no_alert.heading(EVIL[0])).to_be_visible()
    for name in EVIL:
        expect(no_alert.row(name).first).to_be_visible()
    no_alert.button(f"Change {EVIL[1]}").click()
    expect(page.get_by_role("dialog", name=f"Change {EVIL[1]}")).to_be_visible()
    page.keyboard.press("Escape")
    for path in ("keys", "webhooks", "audit"):
        no_alert.go(f"/organization/{path}")
        for name in EVIL:
            expect(page.get_by_text(name, exact=True).filter(visible=True).first).to_be_visible()
    page.locator(".entry summary").first.click()
    no_alert.go("/organization/webhooks")
    page.get_by_role("link", name=EVIL[2]).click()
    expect(no_alert.heading(EVIL[2])).to_be_visible()


def test_the_operator_sees_such_names_as_text(no_alert: Console, evil: Organization) -> None:
    no_alert.go("/operator/organizations")
    no_alert.link(evil.name).click()
    expect(no_alert.heading(evil.name)).to_be_visible()
    no_alert.button("Suspend…").click()
    expect(no_alert.page.get_by_role("dialog", name=f"Suspend {evil.name}?")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_of_the_organization_and_the_operator(
    opened: Open, addresses: list[str], theme: Theme
) -> None:
    console = opened(theme)
    console.sign_in()
    found = {}
    for path in addresses:
        console.go(path)
        settled(console.page)
        for entry in console.page.locator(".entry summary").all()[:1]:
            entry.click()
        found[path] = findings(console.page)
    assert found == {path: [] for path in addresses}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialogs_of_the_organization(
    opened: Open, addresses: list[str], evil: Organization, theme: Theme
) -> None:
    console = opened(theme)
    console.sign_in("/organization/members", evil.token)
    found = {}
    for path, button in (
        ("members", "Change owner"),
        ("members", "Remove owner"),
        ("keys", "Revoke first"),
        ("", "Delete…"),
    ):
        console.go(f"/organization/{path}")
        console.button(button).click()
        expect(console.page.get_by_role("dialog")).to_be_visible()
        found[button] = findings(console.page)
    assert found == {button: [] for button in found}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320 px", "4K"])
def test_no_page_of_the_organization_is_wider_than_the_window(
    opened: Open, addresses: list[str], size: ViewportSize
) -> None:
    console = opened(size=size)
    console.sign_in()
    wider = []
    for path in addresses:
        console.go(path)
        settled(console.page)
        if is_wider_than_the_window(console.page):
            wider.append(path)
    assert wider == []
