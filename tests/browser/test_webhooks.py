"""Webhooks: created, tried, looked after and deleted, with a receiver that hears of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from standardwebhooks import Webhook as Verifier

from tests.browser.console import SOON, Console
from tests.browser.organization import Organization, an_organization
from tests.e2e.api import Api
from tests.receiver import Receiver, answers, receiving

DELIVERED = 15 * SOON
SECRET = re.compile(r"whsec_\S+")


@pytest.fixture
def own(api: Api) -> Organization:
    return an_organization(api)


@pytest.fixture
def owner(console: Console, own: Organization) -> Console:
    console.sign_in("/organization/webhooks", own.token)
    return console


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_a_webhook_is_created_tried_and_deleted(owner: Console, own: Organization, receiver: Receiver) -> None:
    page = owner.page
    expect(owner.heading("Hear of it instead of asking")).to_be_visible()
    page.get_by_role("textbox", name="URL").fill(f"{receiver.url}/hook")
    page.get_by_label("Description").fill("the pager")
    owner.button("Create webhook").click()
    expect(owner.heading("the pager")).to_be_focused()
    shown = page.get_by_role("region", name="The secret the pager")
    secret = SECRET.search(shown.locator(".one-time-key code").inner_text())
    assert secret is not None
    shown.get_by_role("button", name="I have saved it").click()

    owner.button("Send a test").click()
    delivery = page.locator(".entry", has_text="Webhook test")
    expect(delivery).to_contain_text("Delivered", timeout=DELIVERED)
    [message] = [found for found in receiver.wait(1) if b"webhook.test" in found.body]
    assert Verifier(secret[0]).verify(message.body, message.headers)["type"] == "webhook.test"
    delivery.locator("summary").click()
    expect(delivery.get_by_role("row").nth(1)).to_contain_text("204")
    page.reload()
    expect(delivery).to_contain_text("Delivered")
    assert secret[0] not in page.content()

    owner.button("Delete…").click()
    page.get_by_role("dialog", name="Delete the pager?").get_by_role("button", name="Delete the webhook").click()
    expect(owner.heading("Webhooks")).to_be_visible()
    assert own.api.send("GET", f"{own.path}/webhooks").json()["webhooks"] == []


def test_a_delivery_that_fails_says_what_went_wrong(owner: Console, own: Organization, receiver: Receiver) -> None:
    receiver.otherwise = answers(500)
    webhook = own.webhook(receiver.url, events=["instance.resized"])
    own.api.send("POST", f"{own.path}/webhooks/{webhook}/test")
    owner.go(f"/organization/webhooks/{webhook}")
    delivery = owner.page.locator(".entry", has_text="Webhook test")
    expect(delivery).to_contain_text("Will be tried again", timeout=DELIVERED)
    expect(delivery).to_contain_text("the answer was not a 2xx")
    delivery.locator("summary").click()
    expect(delivery.get_by_role("row").nth(1)).to_contain_text("500")
    expect(delivery.get_by_role("row").nth(1)).to_contain_text("STATUS_NOT_2XX")


def test_a_webhook_is_changed_disabled_and_enabled(owner: Console, own: Organization) -> None:
    webhook = own.webhook("http://127.0.0.1:9/")
    page = owner.page
    owner.go(f"/organization/webhooks/{webhook}")
    page.get_by_label("Enabled").uncheck()
    page.get_by_text("These", exact=True).click()
    page.get_by_label("Instance status changed").uncheck()
    expect(page.get_by_text("Choose at least one.")).to_be_visible()
    expect(owner.button("Apply")).to_be_disabled()
    page.get_by_label("Member added").check()
    owner.button("Apply").click()
    expect(page.locator(".page-head .badge", has_text="Disabled")).to_be_visible()
    expect(page.get_by_text("It is disabled, so nothing is sent.")).to_be_visible()
    found = own.api.send("GET", f"{own.path}/webhooks/{webhook}").json()["webhook"]
    assert (found["enabled"], found["events"], found["url"]) == (False, ["member.added"], "http://127.0.0.1:9/")
    page.get_by_label("Enabled").check()
    owner.button("Apply").click()
    expect(owner.button("Send a test")).to_be_visible()


def test_an_address_that_is_forbidden_is_refused_at_its_field(owner: Console) -> None:
    owner.page.get_by_role("textbox", name="URL").fill("https://10.0.0.1/")
    owner.button("Create webhook").click()
    field = owner.page.get_by_role("textbox", name="URL")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(owner.page.get_by_role("alert")).to_contain_text("INVALID_VALUE")


def test_a_webhook_that_is_not_there_says_so(owner: Console) -> None:
    owner.go("/organization/webhooks/wh_0000000000000000")
    expect(owner.heading("There is no such webhook")).to_be_visible()
