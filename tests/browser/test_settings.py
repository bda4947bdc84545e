"""Changing an instance: the plan comes first, and says what then happens."""

from playwright.sync_api import expect

from tests.browser.console import RUNNING, Console
from tests.e2e.api import MIB, Api


def test_a_change_in_place_is_planned_and_made(signed_in: Console, api: Api) -> None:
    created = api.create(name="in-place")
    api.wait(created.id)
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    expect(signed_in.button("Apply")).to_be_disabled()
    page.get_by_label("When memory is full").select_option("noeviction")
    expect(page.get_by_text("It is changed in the running Redis, at once.")).to_be_visible()
    page.get_by_text("Settings of Redis").click()
    page.get_by_label("maxmemory-samples").fill("10")
    signed_in.button("Apply").click()
    expect(page.get_by_text("Change something, and this says")).to_be_visible()
    instance = api.get(created.id).json()["instance"]
    assert (instance["evictionPolicy"], instance["settings"]["maxmemory-samples"]) == ("noeviction", 10)
    api.delete(created.id)


def test_a_resize_tells_its_pause_and_cost_and_is_followed_to_its_end(signed_in: Console, api: Api) -> None:
    created = api.create(name="to-be-resized")
    api.wait(created.id)
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    signed_in.button("1 GB").click()
    plan = page.get_by_role("complementary", name="What the change would do")
    expect(plan).to_contain_text("A new task takes over with all data.")
    expect(plan).to_contain_text("about 0.5 s")
    expect(plan).to_contain_text("$16.82 (+$4.48)")
    expect(plan).to_contain_text("0.25 vCPU, 0.5 GB → 0.25 vCPU, 2 GB")
    signed_in.button("Apply").click()
    expect(signed_in.status("Changing")).to_be_visible()
    signed_in.link("Overview").click()
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    expect(page.get_by_text("Change of size")).to_be_visible()
    assert api.get(created.id).json()["instance"]["maxMemory"] == 1024 * MIB
    api.delete(created.id)


def test_a_change_that_would_be_refused_says_why_beforehand(signed_in: Console, api: Api) -> None:
    created = api.create(name="too-full", maxMemory=30 * MIB, evictionPolicy="noeviction")
    api.wait(created.id)
    with signed_in.stack.redis(api.get(created.id).json()["instance"], created.key) as client:
        for number in range(15):
            client.set(f"large:{number}", "x" * MIB)
    signed_in.go(f"/instances/{created.id}/settings")
    signed_in.page.get_by_label("Memory", exact=True).fill("10")
    expect(signed_in.page.get_by_text("MEMORY_IN_USE")).to_be_visible()
    expect(signed_in.page.get_by_text("does not fit", exact=False).first).to_be_visible()
    api.delete(created.id)


def test_what_is_protected_is_not_offered_for_deletion(signed_in: Console, api: Api) -> None:
    created = api.create(name="protected", deletionProtection=True)
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}/settings")
    expect(signed_in.page.get_by_text("It is protected from deletion.")).to_be_visible()
    expect(signed_in.button("Delete…")).to_have_count(0)
    signed_in.page.get_by_label("Protect from deletion").uncheck()
    signed_in.button("Apply").click()
    expect(signed_in.button("Delete…")).to_be_visible()
    api.delete(created.id)


def test_the_task_is_replaced_after_it_is_said_what_that_does(signed_in: Console, api: Api) -> None:
    created = api.create(name="to-be-replaced")
    api.wait(created.id)
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    signed_in.button("Replace…").click()
    dialog = page.get_by_role("dialog", name="Replace the task of to-be-replaced?")
    expect(dialog).to_contain_text("every connection is closed once")
    dialog.get_by_text("Show as a command").click()
    expect(dialog).to_contain_text(f"/api/v1/instances/{created.id}/replace")
    signed_in.button("Replace now").click()
    expect(signed_in.status("Changing")).to_be_visible()
    expect(signed_in.button("Replace…")).to_be_disabled()
    signed_in.link("Overview").click()
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    expect(page.get_by_text("Replacement of its task")).to_be_visible()
    assert api.get(created.id).json()["instance"]["change"]["status"] == "SUCCEEDED"
    api.delete(created.id)


def test_a_lease_is_chosen_by_its_length_forgotten_and_chosen_again(signed_in: Console, api: Api) -> None:
    created = api.create(name="leased")
    api.wait(created.id)
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    for apply in ("Forget it", "Apply"):
        page.get_by_text("In a day", exact=True).click()
        signed_in.button(apply).click()
        expect(page.get_by_label("Never" if apply == "Forget it" else "At…")).to_be_checked()
    assert api.get(created.id).json()["instance"]["expiresAt"] is not None
    api.delete(created.id)
