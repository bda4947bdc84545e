"""The console for everybody: axe finds nothing in either theme, 320 px are enough, and so is the keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.axe import findings
from tests.browser.conftest import THEMES, Open, Theme
from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api
from tests.e2e.stack import Stack

NARROW: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 3840, "height": 2160}
SECTIONS = ["", "/connect", "/metrics", "/keys", "/backups", "/settings"]
PAGES = ["/instances", "/instances/new", *[f"/instances/ID{section}" for section in SECTIONS], "/nothing"]


@pytest.fixture(scope="module")
def instance_id(stack: Stack) -> Iterator[str]:
    """A running instance with a long name, a schedule, a lease and a backup."""
    created = stack.api.create(
        name="an-instance-with-a-very-long-name-that-fills-its-place-and-more", expiresAt="2027-01-01T00:00:00Z"
    )
    stack.api.wait(created.id)
    stack.api.send("POST", f"/instances/{created.id}/backups", json={"name": "before the <b>release</b>"})
    yield created.id
    stack.api.delete(created.id)


def settled(page: Page) -> None:
    """All that is loading is there."""
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".loading")).to_have_count(0)


def is_wider_than_the_window(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_where_one_signs_in(opened: Open, theme: Theme) -> None:
    console = opened(theme)
    console.go()
    settled(console.page)
    assert findings(console.page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_on_any_page(opened: Open, instance_id: str, theme: Theme) -> None:
    console = opened(theme)
    console.sign_in()
    found = {}
    for path in PAGES:
        console.go(path.replace("ID", instance_id))
        settled(console.page)
        found[path] = findings(console.page)
    assert found == {path: [] for path in PAGES}


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_dialogs_notes_and_what_is_opened(opened: Open, instance_id: str, theme: Theme) -> None:
    console = opened(theme)
    page = console.page
    console.sign_in(f"/instances/{instance_id}/settings")
    page.get_by_label("Memory", exact=True).fill("4096")
    expect(page.get_by_text("A new task takes over")).to_be_visible()
    for opener in page.locator("summary").all()[1:]:
        opener.click()
    expect(page.get_by_label("lfu-decay-time")).to_be_visible()
    opened_up = findings(page)
    console.button("Delete…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert (opened_up, findings(page)) == ([], [])


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320 px", "4K"])
def test_nothing_is_wider_than_the_window(opened: Open, instance_id: str, size: ViewportSize) -> None:
    console = opened(size=size)
    console.sign_in()
    wider = []
    for path in PAGES:
        console.go(path.replace("ID", instance_id))
        settled(console.page)
        if is_wider_than_the_window(console.page):
            wider.append(path)
    assert wider == []


def test_an_instance_is_created_and_deleted_by_the_keyboard_alone(console: Console, api: Api) -> None:
    page, press = console.page, console.page.keyboard.press

    def tab_to(name: str) -> None:
        for _ in range(60):
            press("Tab")
            if (
                page.evaluate("document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText")
                == name
            ):
                return
        raise AssertionError(f"Tab does not lead to {name}")

    console.go()
    expect(page.get_by_label("Account key")).to_be_focused()
    page.keyboard.type(console.stack.facts["token"])
    press("Enter")
    expect(console.heading("Instances")).to_be_visible()
    press("Tab")
    expect(console.link("Skip to the content")).to_be_focused()
    press("Enter")
    console.go("/instances/new")
    expect(page.get_by_label("Region")).to_have_value("eu-central")
    tab_to("Name")
    page.keyboard.type("by-keyboard")
    press("Enter")
    expect(console.status("Running")).to_be_visible(timeout=RUNNING)
    tab_to("Settings")
    press("Enter")
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_focused()
    tab_to("Delete…")
    press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    press("Escape")
    expect(dialog).to_have_count(0)
    expect(console.button("Delete…")).to_be_focused()
    press("Enter")
    tab_to("Type its name to confirm: by-keyboard")
    page.keyboard.type("by-keyboard")
    press("Enter")
    expect(page.get_by_text("Last backup").first).to_be_visible(timeout=RUNNING)
    expect(console.status("Deleted")).to_be_visible(timeout=RUNNING)


def test_arrow_keys_go_from_tab_to_tab(signed_in: Console, instance_id: str) -> None:
    signed_in.go(f"/instances/{instance_id}/connect")
    tab = signed_in.page.get_by_role("tab", name="redis-cli")
    tab.focus()
    signed_in.page.keyboard.press("ArrowRight")
    expect(signed_in.page.get_by_role("tab", name="Python")).to_be_focused()
    expect(signed_in.page.get_by_role("tabpanel")).to_contain_text("import redis")
    signed_in.page.keyboard.press("End")
    expect(signed_in.page.get_by_role("tab", name="URL")).to_have_attribute("aria-selected", "true")


def test_a_theme_is_chosen_and_kept(signed_in: Console) -> None:
    root, background = signed_in.page.locator(":root"), "getComputedStyle(document.body).backgroundColor"
    signed_in.button("Theme: system. Change to light").click()
    light = signed_in.page.evaluate(background)
    signed_in.button("Theme: light. Change to dark").click()
    dark = signed_in.page.evaluate(background)
    assert light != dark
    signed_in.page.reload()
    expect(signed_in.heading("Instances")).to_be_visible()
    expect(root).to_have_attribute("data-theme", "dark")
    assert signed_in.page.evaluate(background) == dark


def test_nothing_moves_for_who_wants_no_motion(opened: Open) -> None:
    console = opened(still=True)
    console.sign_in()
    durations = console.page.evaluate(
        "document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length"
    )
    assert durations == 0
