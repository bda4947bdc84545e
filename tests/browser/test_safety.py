"""What a user names is text, wherever it is shown: no name becomes markup, an address or a program."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, expect

from swiftcache.platform.items import instance_key
from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api
from tests.e2e.stack import Stack

EVIL = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "</style><svg onload=alert(1)>",
]
ADDED = "document.querySelectorAll('main img, main script, main iframe, header img, header script').length"


@pytest.fixture
def no_alert(signed_in: Console) -> Iterator[Console]:
    """A window in which nothing may ask or tell by a dialog of the browser's."""
    told: list[str] = []

    def tell(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    signed_in.page.on("dialog", tell)
    yield signed_in
    assert (told, signed_in.page.evaluate(ADDED)) == ([], 0)


@pytest.fixture
def renamed(stack: Stack) -> Iterator[Api]:
    """The API of an organization that has its name back afterwards."""
    yield stack.api
    stack.api.send("PATCH", f"/organizations/{stack.api.organization_id}", json={"name": "Local"})


@pytest.mark.parametrize("name", EVIL)
def test_the_name_of_an_organization_is_text(no_alert: Console, renamed: Api, name: str) -> None:
    answer = renamed.send("PATCH", f"/organizations/{renamed.organization_id}", json={"name": name})
    assert answer.status_code == 200, answer.text
    no_alert.page.reload()
    expect(no_alert.page.locator(".organization")).to_have_text(name)
    no_alert.page.locator(".account summary").click()
    expect(no_alert.page.locator(".account-menu")).to_contain_text(name)


@pytest.mark.parametrize("name", EVIL)
def test_the_name_of_a_member_is_text(no_alert: Console, api: Api, name: str) -> None:
    member = api.send("POST", f"/organizations/{api.organization_id}/members", json={"name": name, "role": "viewer"})
    keys = f"/organizations/{api.organization_id}/keys"
    wanted = {"name": name, "role": "viewer", "memberId": member.json()["member"]["id"]}
    key = api.send("POST", keys, json=wanted).json()["createdKey"]
    no_alert.page.context.clear_cookies()
    no_alert.sign_in(token=key["plainTextKey"])
    no_alert.page.locator(".account summary").click()
    expect(no_alert.page.locator(".account-menu")).to_contain_text(f"{name}, viewer")


def test_the_name_of_a_backup_is_text_where_it_is_shown_and_chosen(no_alert: Console, api: Api) -> None:
    created = api.create(name="of-evil-backups")
    api.wait(created.id)
    for name in EVIL[:2]:
        no_alert.go(f"/instances/{created.id}/backups")
        no_alert.page.get_by_label("Name optional").fill(name)
        no_alert.button("Take a backup").click()
        backup = no_alert.page.get_by_role("article").filter(has_text=name)
        expect(backup).to_contain_text("Available", timeout=RUNNING)
        backup.get_by_role("button", name="Delete").click()
        expect(no_alert.page.get_by_role("dialog")).to_contain_text(f"Delete {name}?")
        no_alert.button("Keep it").click()
    no_alert.go("/instances/new")
    chosen = no_alert.page.get_by_label("Begins with").locator("option")
    expect(chosen.filter(has_text="of of-evil-backups")).to_have_count(2)
    api.delete(created.id)


def test_the_name_of_an_instance_and_of_its_key_is_text_even_where_the_api_would_refuse_it(
    no_alert: Console, api: Api
) -> None:
    created = api.create(name="to-be-evil")
    api.wait(created.id)
    dynamodb = no_alert.stack.aws("dynamodb")
    dynamodb.update_item(
        TableName=dynamodb.list_tables()["TableNames"][0],
        Key=instance_key(api.organization_id, created.id),
        UpdateExpression="SET #name = :instance, #keys.#key.#name = :key",
        ExpressionAttributeNames={"#name": "name", "#keys": "keys", "#key": created.body["createdDefaultKey"]["id"]},
        ExpressionAttributeValues={":instance": {"S": EVIL[0]}, ":key": {"S": EVIL[1]}},
    )
    no_alert.go("/instances")
    expect(no_alert.row(EVIL[0])).to_be_visible()
    no_alert.go(f"/instances/{created.id}/keys")
    expect(no_alert.heading(EVIL[0])).to_be_visible()
    expect(no_alert.row(EVIL[1])).to_be_visible()
    api.delete(created.id)


@pytest.mark.parametrize("name", EVIL)
def test_what_is_searched_for_and_typed_is_text(no_alert: Console, api: Api, name: str) -> None:
    created = api.create(name="searched")
    no_alert.go("/instances")
    no_alert.page.get_by_role("searchbox").fill(name)
    expect(no_alert.page.get_by_text(f"No instance fits “{name}”.")).to_be_visible()
    no_alert.page.reload()
    expect(no_alert.page.get_by_role("searchbox")).to_have_value(name)
    no_alert.go("/instances/new")
    no_alert.page.get_by_label("Name", exact=True).fill(name)
    no_alert.page.get_by_text("Show as a command").click()
    expect(no_alert.page.get_by_role("region", name="The same with curl")).to_contain_text("$TOKEN")
    no_alert.button("Create instance").click()
    expect(no_alert.page.locator(".field .error")).to_be_visible()
    api.delete(created.id)


@pytest.mark.parametrize("path", ["/instances/<img src=x onerror=alert(1)>", "/%3Cscript%3Ealert(1)%3C/script%3E"])
def test_an_address_is_text(no_alert: Console, path: str) -> None:
    no_alert.go(path)
    expect(no_alert.page.locator("h1")).to_be_visible()


def test_the_policy_refuses_what_a_hole_would_let_in(chromium: Browser, stack: Stack) -> None:
    """A window that nobody watches, since here the policy has to refuse."""
    tries = """async () => {
      const outcomes = [];
      const tried = async (act) => {
        try { outcomes.push(String(await act())); } catch (error) { outcomes.push(error.name); }
      };
      await new Promise(setTimeout);  // what a debugger asks for itself is allowed to it
      await tried(() => eval("1"));
      await tried(() => (document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert(1)>"), "inserted"));
      await tried(() => fetch("https://example.com/").then(() => "sent"));
      return outcomes;
    }"""
    page = chromium.new_page()
    page.goto(stack.facts["consoleUrl"])
    assert page.evaluate(tries) == ["EvalError", "TypeError", "TypeError"]
    page.close()


def test_the_request_that_is_shown_as_curl_never_has_the_key(signed_in: Console, api: Api) -> None:
    created = api.create(name="as-curl")
    api.wait(created.id)
    for path in ("/instances/new", f"/instances/{created.id}", f"/instances/{created.id}/keys"):
        signed_in.go(path)
        signed_in.page.get_by_text("Show as a command").first.click()
        shown = signed_in.page.get_by_role("region", name="The same with curl").first
        expect(shown).to_contain_text("Bearer $TOKEN")
        assert "sk_live_" not in signed_in.page.content()
    api.delete(created.id)
