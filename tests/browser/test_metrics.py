"""Figures over time: an hour, a day, a week, as charts and as a table, with marks at what happened to the instance."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import RUNNING, SOON, Console
from tests.e2e.api import Api

CHARTS = 6
INKED = (
    "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0)"
)


def are_drawn(page: Page) -> bool:
    return all(canvas.evaluate(INKED) for canvas in page.locator(".chart canvas").all())


@pytest.fixture
def instance_id(api: Api) -> str:
    """A running instance with a backup."""
    created = api.create(name="with-figures")
    api.wait(created.id)
    assert api.send("POST", f"/instances/{created.id}/backups", json={}).status_code == 202
    return created.id


@pytest.mark.parametrize(("period", "points"), [("1 hour", 12), ("24 hours", 24), ("7 days", 168)])
def test_a_period_is_drawn_and_told_as_a_table(
    signed_in: Console, api: Api, instance_id: str, period: str, points: int
) -> None:
    page = signed_in.page
    signed_in.go(f"/instances/{instance_id}/metrics")
    page.locator(".segments").get_by_text(period).click()
    expect(page.locator(".chart canvas")).to_have_count(CHARTS)
    assert are_drawn(page)
    page.get_by_text("The same as a table").click()
    expect(page.locator(".table-wrap tbody tr")).to_have_count(points)
    expect(page.get_by_role("columnheader", name="Hit ratio")).to_be_visible()
    api.delete(instance_id)


def test_what_happened_is_marked_and_listed(signed_in: Console, api: Api, instance_id: str) -> None:
    page = signed_in.page
    [backup] = api.send("GET", f"/instances/{instance_id}/backups").json()["backups"]
    while api.send("GET", f"/backups/{backup['id']}").json()["backup"]["status"] == "CREATING":
        pass
    api.send("PATCH", f"/instances/{instance_id}", json={"evictionPolicy": "noeviction"})
    signed_in.go(f"/instances/{instance_id}/metrics")
    marks = page.locator(".marks")
    expect(marks).to_contain_text("Changes: 1")
    expect(marks).to_contain_text("Backups: 1")
    marks.locator("summary").click()
    expect(marks.get_by_text(re.compile("was backed up"))).to_be_visible()
    api.delete(instance_id)


def test_charts_follow_the_theme(signed_in: Console, api: Api, instance_id: str) -> None:
    page = signed_in.page
    signed_in.go(f"/instances/{instance_id}/metrics")
    expect(page.locator(".chart canvas")).to_have_count(CHARTS)
    pixels = "canvas => canvas.toDataURL()"
    before = page.locator(".chart canvas").first.evaluate(pixels)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(SOON)
    assert page.locator(".chart canvas").first.evaluate(pixels) != before
    api.delete(instance_id)


def test_at_this_moment_is_what_redis_has(signed_in: Console, api: Api) -> None:
    created = api.create(name="at-this-moment")
    api.wait(created.id)
    with signed_in.stack.redis(api.get(created.id).json()["instance"], created.key) as client:
        client.mset({f"key:{number}": "value" for number in range(1234)})
        signed_in.go(f"/instances/{created.id}")
        expect(signed_in.page.locator(".tile", has_text="Keys").first).to_contain_text("1,234", timeout=RUNNING)
        expect(signed_in.page.locator(".tile", has_text="Connections")).to_contain_text("1")
    api.delete(created.id)
