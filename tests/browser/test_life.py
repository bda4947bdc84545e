"""The whole life of an instance, as a person clicks it."""

import re

from playwright.sync_api import expect

from tests.browser.console import RUNNING, SOON, Console
from tests.e2e.api import Api

PLAIN_KEY = re.compile(r"sc_live_[0-9a-f]{32}")


def test_an_instance_is_created_used_and_deleted_from_the_first_page_on(signed_in: Console, api: Api) -> None:
    page = signed_in.page
    signed_in.link("Create", exact=False).first.click()
    expect(signed_in.heading("Create an instance")).to_be_focused()
    page.get_by_label("Name", exact=True).fill("whole-life")
    signed_in.button("256 MB").click()
    expect(page.get_by_text("$12.34 a month")).to_be_visible()
    signed_in.button("Create instance").click()

    expect(signed_in.heading("whole-life")).to_be_focused()
    key = PLAIN_KEY.search(page.get_by_role("region", name="The key whole-life-default").inner_text())
    assert key is not None
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    instance = api.get(page.url.rpartition("/")[2]).json()["instance"]
    assert (instance["name"], instance["maxMemory"], instance["status"]) == ("whole-life", 256 * 1024 * 1024, "RUNNING")
    with signed_in.stack.redis(instance, key[0]) as client:
        client.set("greeting", "hello")

    signed_in.button("I have saved it").click()
    expect(page.get_by_text(key[0])).to_have_count(0)
    page.reload()
    expect(signed_in.status("Running")).to_be_visible()
    assert key[0] not in page.content()

    signed_in.link("Settings").click()
    signed_in.button("Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete whole-life?")
    dialog.get_by_label("A last backup").select_option("none")
    delete = dialog.get_by_role("button", name="Delete for good")
    dialog.get_by_label("Type its name to confirm").fill("whole-lif")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Type its name to confirm").fill("whole-life")
    delete.click()

    expect(signed_in.heading("Receipt of its deletion")).to_be_visible(timeout=RUNNING)
    expect(page.get_by_text("Complete: nothing of it is left.")).to_be_visible()
    assert api.get(instance["id"]).status_code == 404
    page.get_by_role("main").get_by_role("link", name="Instances").click()
    expect(signed_in.row("whole-life")).to_have_count(0)


def test_what_the_server_knows_is_shown_within_a_second(signed_in: Console, api: Api) -> None:
    created = api.create(name="seen-at-once")
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}")
    expect(signed_in.status("Running")).to_be_visible()
    instance = api.get(created.id).json()["instance"]
    with signed_in.stack.frozen(instance):
        api.delete(created.id)
        expect(signed_in.status("Deleting")).to_be_visible(timeout=4 * SOON)
        expect(signed_in.heading("It is being deleted")).to_be_visible()
    while api.status(created.id) is not None:
        pass
    expect(signed_in.status("Deleted")).to_be_visible(timeout=SOON)


def test_the_list_follows_a_creation_and_a_deletion(signed_in: Console, api: Api) -> None:
    created = api.create(name="in-the-list")
    signed_in.go("/instances")
    row = signed_in.row("in-the-list")
    expect(row.get_by_text("Running")).to_be_visible(timeout=RUNNING)
    expect(row.get_by_text("$12.34")).to_be_visible()
    api.delete(created.id)
    signed_in.page.reload()
    expect(row).to_have_count(0, timeout=RUNNING)


def test_two_windows_see_what_the_other_does(signed_in: Console, api: Api) -> None:
    created = api.create(name="two-windows")
    api.wait(created.id)
    signed_in.go("/instances")
    expect(signed_in.row("two-windows")).to_be_visible()
    other = Console(signed_in.page.context.new_page(), signed_in.stack)
    other.go(f"/instances/{created.id}/settings")
    other.page.get_by_label("Name", exact=True).fill("renamed")
    other.button("Apply").click()
    expect(other.heading("renamed")).to_be_visible()
    signed_in.page.bring_to_front()
    expect(signed_in.row("renamed")).to_be_visible(timeout=2 * SOON)
    api.delete(created.id)


def test_an_address_inside_is_opened_and_back_goes_back(signed_in: Console, api: Api) -> None:
    created = api.create(name="deep-link")
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}/keys")
    expect(signed_in.heading("Keys")).to_be_visible()
    signed_in.link("Connect").click()
    expect(signed_in.heading("Connect")).to_be_focused()
    signed_in.page.go_back()
    expect(signed_in.heading("Keys")).to_be_focused()
    signed_in.page.reload()
    expect(signed_in.heading("Keys")).to_be_visible()
    assert signed_in.page.title() == "deep-link · SwiftCache"
    api.delete(created.id)


def test_what_is_nowhere_says_so(signed_in: Console) -> None:
    signed_in.go("/nothing/here")
    expect(signed_in.heading("There is nothing at this address")).to_be_visible()
    signed_in.go("/instances/inst_0000000000000000")
    expect(signed_in.heading("There is no such instance")).to_be_visible()
