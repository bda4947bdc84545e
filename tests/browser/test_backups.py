"""Backups: taken, proved, downloaded, restored, deleted; and an instance that is brought back from its last one."""

import hashlib

import requests
from playwright.sync_api import expect

from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api


def test_a_backup_is_taken_proved_and_restored(signed_in: Console, api: Api) -> None:
    created = api.create(name="to-back-up")
    api.wait(created.id)
    with signed_in.stack.redis(api.get(created.id).json()["instance"], created.key) as client:
        client.mset({f"key:{number}": "value" for number in range(100)})
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/backups")
    expect(page.get_by_text("There is no backup yet.")).to_be_visible()
    page.get_by_label("Name optional").fill("before the release")
    signed_in.button("Take a backup").click()
    backup = page.get_by_role("article").filter(has_text="before the release")
    expect(backup).to_contain_text("Available", timeout=RUNNING)
    expect(backup).to_contain_text("Restored to try it: 100 keys", timeout=RUNNING)

    backup.get_by_role("button", name="Download").click()
    signed_in.button("Make a link").click()
    link = signed_in.link("Download the file")
    expect(link).to_be_visible()
    digest = page.get_by_role("dialog").locator("code").first.inner_text()
    file = requests.get(str(link.get_attribute("href")), timeout=30).content
    assert hashlib.sha256(file).hexdigest() == digest
    signed_in.button("Close").click()

    backup.get_by_role("link", name="Restore into a new instance").click()
    expect(page.get_by_text("100 keys")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("restored")
    signed_in.button("Create instance").click()
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    restored = page.url.rpartition("/")[2]
    key = page.locator(".one-time-key code").inner_text()
    with signed_in.stack.redis(api.get(restored).json()["instance"], key) as client:
        assert client.dbsize() == 100

    signed_in.button("I have saved it").click()
    signed_in.go(f"/instances/{created.id}/backups")
    signed_in.button("Delete before the release").click()
    signed_in.button("Delete the backup").click()
    expect(backup).to_have_count(0, timeout=RUNNING)
    for instance_id in (created.id, restored):
        api.delete(instance_id)


def test_an_instance_is_brought_back_from_its_last_backup(signed_in: Console, api: Api) -> None:
    created = api.create(name="brought-back")
    api.wait(created.id)
    with signed_in.stack.redis(api.get(created.id).json()["instance"], created.key) as client:
        client.set("greeting", "hello")
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    signed_in.button("Delete…").click()
    page.get_by_label("Type its name to confirm").fill("brought-back")
    signed_in.button("Delete for good").click()
    expect(signed_in.heading("Receipt of its deletion")).to_be_visible(timeout=RUNNING)
    expect(page.get_by_text("before the deletion")).to_be_visible()
    signed_in.button("Bring the instance back").click()
    signed_in.button("Bring it back").click()
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    assert page.url.endswith(created.id)
    with signed_in.stack.redis(api.get(created.id).json()["instance"], created.key) as client:
        assert client.get("greeting") == "hello"
    api.delete(created.id)
