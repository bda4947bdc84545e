"""`make screenshots`: every page of the console, in both themes and at two widths, into .swiftcache/screenshots."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import THEMES, chromium_program
from tests.browser.console import RUNNING, Console
from tests.browser.organization import Organization, an_organization
from tests.e2e.api import MIB
from tests.e2e.stack import PROJECT, Stack

FOLDER = PROJECT / ".swiftcache" / "screenshots"
WIDTHS = (360, 1440)
SECTIONS = ["", "/connect", "/metrics", "/keys", "/backups", "/settings"]
ORGANIZATION = ["", "members", "keys", "webhooks", "audit"]

INSTANCES = [
    {"name": "sessions", "maxMemory": 512 * MIB},
    {"name": "rate-limits", "maxMemory": 100 * MIB, "evictionPolicy": "noeviction", "deletionProtection": True},
    {"name": "page-cache-of-the-large-shop-in-production", "maxMemory": 1024 * MIB},
    {"name": "orders-queue", "maxMemory": 256 * MIB, "persistence": True, "evictionPolicy": "noeviction"},
    {"name": "preview-1204", "maxMemory": 50 * MIB},
]


def furnished(stack: Stack) -> str:
    """Makes instances with data, the last one with a backup, whose id is returned once there are figures of all."""
    for wanted in INSTANCES:
        created = stack.api.create(**wanted)
        instance = stack.api.wait(created.id)
        with stack.redis(instance, created.key) as client:
            client.mset({f"session:{number}": "x" * 1000 for number in range(25_000)})
            for number in range(500):
                client.get(f"session:{number * 60}")
    stack.api.send("POST", f"/instances/{created.id}/backups", json={"name": "before the release"})
    peopled(stack)
    figures = f"/organizations/{stack.api.organization_id}/metrics/prometheus"
    while stack.api.send("GET", figures).text.count("swiftcache_keys{") < len(INSTANCES):
        time.sleep(1)
    return created.id


def peopled(stack: Stack) -> None:
    """Members, account keys and a webhook of the organization, and other organizations."""
    own = Organization(stack.api.organization_id, "Local", stack.api, "", stack.facts["token"])
    own.member("admin", "Ada Lovelace")
    own.member("developer", "deployments of the large shop")
    own.key("viewer", name="grafana", expiresAt="2099-01-01T00:00:00Z")
    webhook = own.webhook("http://127.0.0.1:9/swiftcache", description="the pager")
    own.api.send("POST", f"{own.path}/webhooks/{webhook}/test")
    for name in ("Acme", "Globex"):
        an_organization(stack.api, name)


def shots(console: Console, instance_id: str) -> Iterator[str]:
    """The name of each page, once it is shown."""
    console.go()
    expect(console.heading("Sign in to SwiftCache")).to_be_visible()
    yield "sign-in"
    console.give_key(console.stack.facts["token"])
    expect(console.page.get_by_role("navigation", name="Areas")).to_be_visible()
    paths = {"instances": "/instances", "create": "/instances/new"}
    paths |= {f"instance{section.replace('/', '-')}": f"/instances/{instance_id}{section}" for section in SECTIONS}
    paths |= {f"organization-{section or 'overview'}": f"/organization/{section}" for section in ORGANIZATION}
    paths |= {"operator": "/operator", "operator-organizations": "/operator/organizations"}
    for name, path in paths.items():
        console.go(path)
        expect(console.page.locator("h1")).to_be_visible()
        expect(console.page.locator(".loading")).to_have_count(0, timeout=RUNNING)
        console.page.wait_for_load_state("networkidle")
        yield name


def take(browser: Browser, stack: Stack, folder: Path) -> None:
    instance_id = furnished(stack)
    for theme in THEMES:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB")
            for name in shots(Console(page, stack), instance_id):
                page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
            page.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, Stack(Path(home) / "home") as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=["--no-sandbox"])
        take(browser, stack, FOLDER)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} screenshots in {FOLDER.relative_to(PROJECT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
