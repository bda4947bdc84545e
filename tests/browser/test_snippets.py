"""The programs that the console shows for an instance, run as the page has them; by name, those that cannot be here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.compat import tabs
from tests.compat.instance import Rented, rented
from tests.compat.tabs import TABS, Tab
from tests.e2e.stack import Stack

CLIENTS = tabs.folder_of(Path(".swiftcache") / "compat")
"""Where `make compat`, if it has been run, has put what Node and Go need."""


@pytest.fixture(scope="module")
def instance(stack: Stack) -> Iterator[Rented]:
    with rented(stack, "connected-to") as running:
        yield running


def shown(console: Console, instance: Rented, words: str) -> tuple[str, str]:
    """The preparation and the program of a tab."""
    console.go(f"/instances/{instance.body['id']}/connect")
    console.page.get_by_role("tab", name=words, exact=True).click()
    regions = [console.page.get_by_role("region", name=name) for name in ("Before it", f"In {words}")]
    setup, text = [region.inner_text() for region in regions]
    return setup, text


def test_each_tab_has_the_host_and_the_port_and_no_key(signed_in: Console, instance: Rented) -> None:
    connection = instance.body["connection"]
    expect(signed_in.heading("Instances")).to_be_visible()
    for tab in TABS:
        setup, text = shown(signed_in, instance, tab.words)
        assert connection["host"] in text
        assert str(connection["port"]) in text
        assert "sc_live_" not in setup + text


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.words)
def test_a_tab_does_what_it_says(
    signed_in: Console, instance: Rented, tmp_path_factory: pytest.TempPathFactory, tab: Tab
) -> None:
    """Beside the text only what the local stack needs: its authority, and the address of its name."""
    folder = CLIENTS if CLIENTS.is_dir() else tmp_path_factory.mktemp("clients")
    if why := tabs.missing(tab, folder):
        pytest.skip(f"{tab.words}: {why}")
    assert tabs.run(tab, *shown(signed_in, instance, tab.words), instance, folder.resolve()) == ""


def test_the_local_stack_says_how_its_names_are_found(signed_in: Console, instance: Rented) -> None:
    signed_in.go(f"/instances/{instance.body['id']}/connect")
    expect(signed_in.page.get_by_text("This is the local stack")).to_be_visible()
