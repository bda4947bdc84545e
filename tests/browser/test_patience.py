"""What stands in the way of a request: the page waits, says so, and goes on; what changes something is done once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.console import RUNNING, SOON, Console
from tests.e2e.api import Api

BUSY = "The service is busy. This page goes on by itself"
OFFLINE = "No connection to the service. This page goes on by itself"


def answer(route: Route, status: int, code: str, **headers: str) -> None:
    problem = {"status": status, "code": code, "detail": f"said in a test: {code}", "title": "", "requestId": "r-1"}
    route.fulfill(
        status=status, headers={"content-type": "application/problem+json", **headers}, body=json.dumps(problem)
    )


def failing(times: int, fail: Callable[[Route], None]) -> tuple[Callable[[Route], None], list[dict[str, str]]]:
    """Lets so many requests fail, and then all pass; with the headers of each."""
    seen: list[dict[str, str]] = []

    def handle(route: Route) -> None:
        if route.request.method == "GET" and "/instances?" not in route.request.url:
            return route.continue_()
        seen.append(route.request.headers)
        return fail(route) if len(seen) <= times else route.continue_()

    return handle, seen


def named(api: Api, name: str) -> list[dict[str, Any]]:
    return [found for found in api.instances() if found["name"] == name]


def fill(console: Console, name: str) -> None:
    console.go("/instances/new")
    console.page.get_by_label("Name", exact=True).fill(name)
    expect(console.page.get_by_label("Region")).to_have_value("eu-central")


@pytest.mark.parametrize(("status", "code"), [(429, "RATE_LIMITED"), (503, "SERVICE_UNAVAILABLE")])
def test_a_list_that_is_refused_for_the_moment_comes_when_the_service_says(
    signed_in: Console, status: int, code: str
) -> None:
    refused = "**/api/v1/instances?**"
    signed_in.page.route(refused, lambda route: answer(route, status, code, **{"retry-after": "5"}))
    signed_in.go("/instances")
    expect(signed_in.page.get_by_text(BUSY)).to_be_visible()
    signed_in.page.unroute(refused)
    expect(signed_in.page.get_by_text(BUSY)).to_have_count(0, timeout=8 * SOON)
    expect(signed_in.heading("Instances")).to_be_visible()


def test_a_creation_during_an_outage_is_made_once(signed_in: Console, api: Api) -> None:
    fill(signed_in, "during-an-outage")
    handle, seen = failing(2, lambda route: answer(route, 503, "SERVICE_UNAVAILABLE", **{"retry-after": "1"}))
    signed_in.page.route("**/api/v1/instances", handle)
    signed_in.button("Create instance").click()
    expect(signed_in.page.get_by_text(BUSY)).to_be_visible()
    expect(signed_in.heading("during-an-outage")).to_be_visible(timeout=8 * SOON)
    assert len(seen) == 3
    assert len({headers["idempotency-key"] for headers in seen}) == 1
    [made] = named(api, "during-an-outage")
    api.delete(made["id"])


def test_a_creation_whose_answer_is_lost_is_made_once_and_its_key_is_shown(signed_in: Console, api: Api) -> None:
    fill(signed_in, "answer-lost")

    def lose(route: Route) -> None:
        # A header that no script sets, and Playwright does not send for itself: without it the cookie does not count.
        reached = route.fetch(headers={**route.request.headers, "sec-fetch-site": "same-origin"})
        assert reached.status == 201
        route.abort("connectionreset")

    handle, _ = failing(1, lose)
    signed_in.page.route("**/api/v1/instances", handle)
    signed_in.button("Create instance").click()
    key = signed_in.page.get_by_role("region", name="The key answer-lost-default")
    expect(key).to_be_visible(timeout=5 * SOON)
    [made] = named(api, "answer-lost")
    api.wait(made["id"])
    plain = key.locator(".one-time-key code").inner_text()
    with signed_in.stack.redis(api.get(made["id"]).json()["instance"], plain) as client:
        assert client.ping()
    api.delete(made["id"])


def test_a_lost_network_is_said_and_the_page_goes_on_when_it_is_back(signed_in: Console, api: Api) -> None:
    created = api.create(name="net-lost")
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}")
    expect(signed_in.status("Running")).to_be_visible()
    signed_in.page.context.set_offline(True)
    expect(signed_in.page.get_by_text(OFFLINE)).to_be_visible(timeout=10 * SOON)
    api.delete(created.id)
    signed_in.page.context.set_offline(False)
    expect(signed_in.page.get_by_text(OFFLINE)).to_have_count(0, timeout=5 * SOON)
    expect(signed_in.status("Deleted")).to_be_visible(timeout=RUNNING)


def test_a_limit_is_no_reason_to_wait_but_is_told(signed_in: Console) -> None:
    fill(signed_in, "over-the-limit")
    handle, seen = failing(9, lambda route: answer(route, 429, "LIMIT_EXCEEDED", **{"retry-after": "30"}))
    signed_in.page.route("**/api/v1/instances", handle)
    signed_in.button("Create instance").click()
    expect(signed_in.page.get_by_text("said in a test: LIMIT_EXCEEDED")).to_be_visible()
    expect(signed_in.page.get_by_text("request r-1")).to_be_visible()
    assert len(seen) == 1


def test_what_is_wrong_with_a_field_is_said_at_the_field(signed_in: Console) -> None:
    fill(signed_in, "no spaces please")
    signed_in.button("Create instance").click()
    name = signed_in.page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(signed_in.page.locator(".field .error")).to_contain_text("this must match")


def test_a_redis_that_does_not_answer_is_no_outage_of_the_service(signed_in: Console, api: Api) -> None:
    created = api.create(name="silent")
    api.wait(created.id)
    signed_in.page.route(
        "**/metrics/live", lambda route: answer(route, 503, "REDIS_UNREACHABLE", **{"retry-after": "2"})
    )
    signed_in.go(f"/instances/{created.id}")
    expect(signed_in.page.get_by_text("said in a test: REDIS_UNREACHABLE")).to_be_visible()
    expect(signed_in.page.get_by_text(BUSY)).to_have_count(0)
    api.delete(created.id)
