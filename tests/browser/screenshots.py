"""`make screenshots`: every page of the console, in both themes and at two widths, into .swiftcache/screenshots."""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from local.rollout import begin_rollout
from tests.browser.conftest import THEMES, chromium_program
from tests.browser.console import RUNNING, Console
from tests.browser.large_fleet import large_fleet
from tests.browser.organization import Organization, an_organization
from tests.e2e.api import MIB
from tests.e2e.stack import PROJECT, Stack

FOLDER = PROJECT / ".swiftcache" / "screenshots"
WIDTHS = (360, 1440)
SECTIONS = ["", "/connect", "/metrics", "/keys", "/backups", "/settings"]
ORGANIZATION = ["", "members", "keys", "webhooks", "audit"]
OPERATOR = ["", "/rollouts", "/organizations", "/organizations/new"]
MANY = 500

INSTANCES = [
    {"name": "sessions", "maxMemory": 512 * MIB},
    {"name": "rate-limits", "maxMemory": 100 * MIB, "evictionPolicy": "noeviction", "deletionProtection": True},
    {"name": "page-cache-of-the-large-shop-in-production", "maxMemory": 1024 * MIB},
    {"name": "orders-queue", "maxMemory": 256 * MIB, "persistence": True, "evictionPolicy": "noeviction"},
    {"name": "preview-1204", "maxMemory": 50 * MIB},
]


@dataclass(frozen=True)
class Furnished:
    """A stack with something on each page: the path of each by its name, and the account keys of other organizations by
    how many instances those have."""

    pages: dict[str, str]
    tokens: dict[int, str]


def furnished(stack: Stack) -> Furnished:
    """With instances that have data, the last one with a backup. Waits until there are figures of all."""
    for wanted in INSTANCES:
        created = stack.api.create(**wanted)
        instance = stack.api.wait(created.id)
        with stack.redis(instance, created.key) as client:
            client.mset({f"session:{number}": "x" * 1000 for number in range(25_000)})
            for number in range(500):
                client.get(f"session:{number * 60}")
    stack.api.send("POST", f"/instances/{created.id}/backups", json={"name": "before the release"})
    begin_rollout("7.2.16", stack.facts["awsEndpointUrl"])
    pages = {
        "instances": "/instances",
        "create": "/instances/new",
        **{f"instance{section.replace('/', '-')}": f"/instances/{created.id}{section}" for section in SECTIONS},
        **{f"organization-{section or 'overview'}": f"/organization/{section}" for section in ORGANIZATION},
        **{f"operator{section.replace('/', '-')}": f"/operator{section}" for section in OPERATOR},
        **peopled(stack),
    }
    tokens = {0: an_organization(stack.api, "Initech").token, MANY: large_fleet(stack, MANY).token}
    figures = f"/organizations/{stack.api.organization_id}/metrics/prometheus"
    while stack.api.send("GET", figures).text.count("swiftcache_keys{") < len(INSTANCES):
        time.sleep(1)
    return Furnished(pages, tokens)


def peopled(stack: Stack) -> dict[str, str]:
    """Members, account keys and a webhook of the organization, and other organizations; the paths of their pages."""
    own = Organization(stack.api.organization_id, "Local", stack.api, "", stack.facts["token"])
    own.member("admin", "Ada Lovelace")
    own.member("developer", "deployments of the large shop")
    own.key("viewer", name="grafana", expiresAt="2099-01-01T00:00:00Z")
    webhook = own.webhook("http://127.0.0.1:9/swiftcache", description="the pager")
    own.api.send("POST", f"{own.path}/webhooks/{webhook}/test")
    an_organization(stack.api, "Acme")
    other = an_organization(stack.api, "Globex")
    return {
        "organization-webhook": f"/organization/webhooks/{webhook}",
        "operator-organization": f"/operator/organizations/{other.id}",
    }


def shots(console: Console, pages: dict[str, str]) -> Iterator[str]:
    """The name of each page, once it is shown."""
    console.go()
    expect(console.heading("Sign in to SwiftCache")).to_be_visible()
    yield "sign-in"
    console.give_key(console.stack.facts["token"])
    expect(console.page.get_by_role("navigation", name="Areas")).to_be_visible()
    for name, path in pages.items():
        console.go(path)
        expect(console.page.locator("h1")).to_be_visible()
        expect(console.page.locator(".loading")).to_have_count(0, timeout=RUNNING)
        console.page.wait_for_load_state("networkidle")
        yield name


def take(browser: Browser, stack: Stack, folder: Path) -> None:
    found = furnished(stack)
    for theme in THEMES:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB")
            for name in shots(Console(page, stack), found.pages):
                page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
            for many, token in found.tokens.items():
                page.context.clear_cookies()
                Console(page, stack).sign_in(token=token)
                expect(page.locator(".row:not(.head)")).to_have_count(many, timeout=RUNNING)
                expect(page.locator(".loading")).to_have_count(0, timeout=RUNNING)
                page.screenshot(path=folder / f"instances-{many}-{theme}-{width}.png")
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
