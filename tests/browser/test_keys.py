"""Keys of an instance: another one is shown once and works; one that is revoked is gone, here and in Redis."""

import pytest
import redis
from playwright.sync_api import expect

from tests.browser.console import SOON, Console
from tests.e2e.api import Api


def test_a_key_is_made_used_and_revoked(signed_in: Console, api: Api) -> None:
    created = api.create(name="with-keys")
    api.wait(created.id)
    instance = api.get(created.id).json()["instance"]
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/keys")
    page.get_by_label("Name optional").fill("worker")
    signed_in.button("Make a key").click()
    shown = page.get_by_role("region", name="The key worker")
    key = shown.locator(".one-time-key code").inner_text()
    expect(signed_in.row("worker")).to_contain_text("reads and writes")
    with signed_in.stack.redis(instance, key) as client:
        client.set("greeting", "hello")
    shown.get_by_role("button", name="I have saved it").click()
    expect(page.get_by_text(key)).to_have_count(0)

    signed_in.button("Revoke worker").click()
    page.get_by_role("dialog", name="Revoke worker?").get_by_role("button", name="Revoke").click()
    expect(signed_in.row("worker")).to_have_count(0, timeout=3 * SOON)
    with signed_in.stack.redis(instance, key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    api.delete(created.id)


def test_a_key_that_only_reads_says_so(signed_in: Console, api: Api) -> None:
    created = api.create(name="with-readers")
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}/keys")
    signed_in.page.get_by_label("Name optional").fill("dashboard")
    signed_in.page.get_by_label("It may").select_option("read-only")
    signed_in.button("Make a key").click()
    expect(signed_in.row("dashboard")).to_contain_text("reads only")
    api.delete(created.id)
