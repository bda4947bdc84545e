"""What a browser fetches to show the first page: at most 150 KB, nothing that is not needed yet, within a second."""

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import Open
from tests.browser.console import SOON, Console

MOST = 150 * 1024

FETCHED = """() => Object.fromEntries(
  performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/console/v-"))
    .map(({ name, transferSize }) => [name, transferSize])
)"""
"""The bytes that came over the network for each file of the console: none for what the browser had."""


LATENCY = 100
"""Milliseconds that each answer takes at least."""

ASKED_AT = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => /[.]m?js$/.test(name) && !name.endsWith("theme.js"))
  .map(({ startTime }) => startTime)"""
"""When each module was asked for, whether there was a connection free for it or not."""


def test_the_first_page_is_small_and_charts_wait_until_they_are_looked_at(opened: Open) -> None:
    console = opened()
    answers: list[Response] = []
    console.page.on("response", lambda answer: answers.append(answer) if "/console" in answer.url else None)
    console.sign_in()
    expect(console.heading("Instances")).to_be_visible()
    sizes = {answer.url.rpartition("/")[2]: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert sum(sizes.values()) <= MOST, sizes
    assert not [name for name in sizes if name.startswith("uPlot")]


def test_everything_but_the_page_itself_is_kept_for_the_next_time(signed_in: Console) -> None:
    expect(signed_in.heading("Instances")).to_be_visible()
    signed_in.page.wait_for_load_state("networkidle")
    signed_in.page.goto("about:blank")
    signed_in.go("/instances")
    expect(signed_in.heading("Instances")).to_be_visible()
    fetched: dict[str, int] = signed_in.page.evaluate(FETCHED)
    assert len(fetched) > 20
    assert {name: size for name, size in fetched.items() if size > 0} == {}


def test_it_is_usable_within_a_second(signed_in: Console) -> None:
    assert signed_in.first_paint("/instances") <= SOON


@pytest.mark.parametrize("path", ["/console", "/console/instances/inst_1", "/console/v-0/app.js"])
def test_the_gateway_serves_the_console_under_its_policy(signed_in: Console, path: str) -> None:
    answer = signed_in.page.request.get(signed_in.stack.facts["apiUrl"] + path)
    assert answer.status == (404 if "v-" in path else 200)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


def test_with_a_slash_at_its_end_the_address_is_the_same_page(signed_in: Console) -> None:
    signed_in.go("/")
    expect(signed_in.heading("Instances")).to_be_visible()
    assert signed_in.page.url == signed_in.stack.facts["consoleUrl"] + "/instances"


def test_the_modules_of_the_first_page_take_one_round_trip(opened: Open) -> None:
    console = opened()
    network = console.page.context.new_cdp_session(console.page)
    slow = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    console.go()
    expect(console.page.get_by_label("Account key")).to_be_visible()
    asked_at: list[float] = console.page.evaluate(ASKED_AT)
    assert len(asked_at) > 25
    assert max(asked_at) - min(asked_at) < LATENCY
