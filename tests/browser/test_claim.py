"""A member of the warm pool taken over and a cold creation, side by side: each page tells what was done for its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api
from tests.e2e.stack import Stack

LARGER = 512
"""Megabytes that no member of the pool has room for."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one member of the smallest size."""
    with Stack(tmp_path_factory.mktemp("pooled") / "home", warm_pool="512=1") as running:
        yield running


def creation(api: Api, instance_id: str) -> list[str]:
    """The steps of an instance's creation, as the API tells them."""
    [operation] = api.send("GET", f"/instances/{instance_id}/timeline").json()["timeline"]["operations"]
    assert (operation["kind"], operation["outcome"]) == ("CREATION", "SUCCEEDED")
    return [step["title"] for step in operation["steps"]]


def shown(console: Console) -> list[str]:
    """The same, as the page shows them once the instance runs."""
    expect(console.status("Running")).to_be_visible(timeout=RUNNING)
    history = console.page.locator(".history details")
    expect(history).to_have_count(1)
    history.locator("summary").click()
    expect(history).to_contain_text("Creation")
    titles: list[str] = history.locator(".step-title").evaluate_all("all => all.map((one) => one.firstChild.data)")
    return titles


def test_a_claim_and_a_cold_creation_each_have_their_own_steps(signed_in: Console, api: Api) -> None:
    other = Console(signed_in.page.context.new_page(), signed_in.stack)
    other.go("/operator")
    expect(other.page.get_by_role("row").filter(has_text="512")).to_contain_text("1", timeout=RUNNING)
    cold, claimed = other.create("cold", megabytes=LARGER), signed_in.create("claimed")
    steps = {"claimed": shown(signed_in), "cold": shown(other)}
    assert steps == {"claimed": creation(api, claimed), "cold": creation(api, cold)}
    assert {name: ("Start the Redis task" in found, len(found) > 5) for name, found in steps.items()} == {
        "claimed": (False, False),
        "cold": (True, True),
    }
    for instance_id in (cold, claimed):
        api.delete(instance_id)
