"""The console in a browser, as a person uses it: one local stack and one Chromium for all of these tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.console import Console
from tests.browser.watch import Watch
from tests.e2e.api import Api
from tests.e2e.stack import Stack

HERE = Path(__file__).parent
WINDOW: ViewportSize = {"width": 1280, "height": 800}

Theme = Literal["light", "dark"]
Motion = Literal["reduce", "no-preference"]


THEMES: tuple[Theme, ...] = ("light", "dark")


def chromium_program() -> str:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program is not None, "make test installs Debian's Chromium"
    return program


class Open(Protocol):
    """Opens a window. `still`: its user wants nothing to move."""

    def __call__(self, theme: Theme = "light", size: ViewportSize = WINDOW, *, still: bool = False) -> Console: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs them all, so that there is one stack."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("browser") / "home") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # As root it has no sandbox of its own; what it loads is ours.
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def api(stack: Stack) -> Api:
    """The API as the owner has it, to look from outside at what the console did."""
    return stack.api


@pytest.fixture
def watch(stack: Stack) -> Iterator[Watch]:
    """What no test may see: an error of the page, something that its policy refused, a request to elsewhere."""
    watch = Watch(stack.facts["apiUrl"])
    yield watch
    assert watch.seen == []


@pytest.fixture
def opened(stack: Stack, chromium: Browser, watch: Watch) -> Iterator[Open]:
    """Opens a window with cookies of its own."""
    contexts = []

    def open_console(theme: Theme = "light", size: ViewportSize = WINDOW, *, still: bool = False) -> Console:
        motion: Motion = "reduce" if still else "no-preference"
        context = chromium.new_context(viewport=size, locale="en-GB", color_scheme=theme, reduced_motion=motion)
        contexts.append(context)
        watch.over(context)
        return Console(context.new_page(), stack)

    yield open_console
    for context in contexts:
        context.close()


@pytest.fixture
def console(opened: Open) -> Console:
    """A window where nobody is signed in."""
    return opened()


@pytest.fixture
def signed_in(console: Console) -> Console:
    """A window where the owner is signed in, at the list of instances."""
    console.sign_in()
    return console
