"""The console as a person sees it: what is clicked, typed and read, by labels and roles."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.stack import Stack

SOON = 1_000
"""Milliseconds in which the page shows what the server knows."""

RUNNING = 30_000
"""Milliseconds for what takes a Redis to start or to end."""

FIRST_PAINT = """() => new Promise((told) => new PerformanceObserver((list) => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) told(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""
"""When something was seen, in milliseconds; a browser tells it some time after the page has it."""


class Console:
    """A window of the browser."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self._url = stack.facts["consoleUrl"]

    def go(self, path: str = "") -> None:
        """Opens an address, as if it were typed."""
        self.page.goto(self._url + path)

    def sign_in(self, path: str = "/instances", token: str | None = None) -> None:
        """Opens an address where nobody is signed in, and signs in; with the owner's key if there is no other."""
        self.go(path)
        self.give_key(token or self.stack.facts["token"])
        expect(self.page.get_by_role("navigation", name="Areas")).to_be_visible()

    def give_key(self, token: str) -> None:
        self.page.get_by_label("Account key").fill(token)
        self.button("Sign in").click()

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def link(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("link", name=name, exact=exact)

    def turn_to(self, section: str) -> None:
        """Follows the link to a section, and waits for it: until then the one before is shown, with its own fields."""
        self.link(section).click()
        expect(self.heading(section)).to_be_focused()

    def heading(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=exact)

    def status(self, text: str) -> Locator:
        """The badge beside the name of an instance."""
        return self.page.locator(".page-head .badge", has_text=text)

    def first_paint(self, path: str) -> float:
        """Milliseconds until something is seen at an address: the best of three, since others use this machine too."""
        paints = []
        for _ in range(3):
            self.go(path)
            paints.append(self.page.evaluate(FIRST_PAINT))
        return float(min(paints))

    def row(self, name: str) -> Locator:
        """An instance in the list."""
        return self.page.get_by_role("row").filter(has_text=name)

    def create(self, name: str, **fields: Any) -> str:
        """Creates an instance by the form and says that its key is saved; returns the instance's id."""
        self.go("/instances/new")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Memory", exact=True).fill(str(fields.get("megabytes", 10)))
        self.button("Create instance").click()
        expect(self.heading(name)).to_be_visible()
        self.page.wait_for_url("**/instances/inst_*")
        return self.page.url.rpartition("/")[2]
