"""What the console shows for a terminal: with curl and with our command line the same request as the button's."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect
from typer.main import get_command

from swiftcache_cli import program
from swiftcache_cli.outside import Outside
from swiftcache_cli.transport import Reply
from tests.browser.console import Console
from tests.browser.organization import an_organization
from tests.e2e.api import MIB, Api

AWKWARD = ("-dash", "--yes", "it's", 'a "b"', "$HOME `id` $(id)", "a\\b\\", "*", "~", "#!", "=x", "& ; |", "ünï 雪")

SHOWN = """async ([own, requests]) => {
  const beside = (name) => import(new URL(name, document.querySelector('script[type="module"]').src));
  const { curl } = await beside("commands/curl.js");
  const { swiftcache, WORDS } = await beside("commands/swiftcache.js");
  return {
    known: WORDS.map(([method, pattern]) => [method, pattern]),
    lines: requests.map(({ method, path, body, query }) => {
      const given = { body: body ?? undefined, query, own };
      return [curl(method, path, given), swiftcache(method, path, given)];
    }),
  };
}"""
"""What the page's own modules make of requests."""

IN_A_SHELL = r"""
TOKEN='the token'
uuidgen() { printf 'once'; }
curl() { printf '%s\0' "$@"; printf '\1\0'; }
swiftcache() { curl "$@"; }
"""
"""Words as a shell understands them, and `\\1` after each command."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


ORGANIZATION = "org_own"
OWN = f"/organizations/{ORGANIZATION}"
OTHER = "/organizations/org_other"

SAYABLE = [
    Request("POST", "/instances", {
        "organizationId": ORGANIZATION, "name": "cache", "maxMemory": 512 * MIB, "region": "eu-central",
    }),
    Request("POST", "/instances", {
        "organizationId": ORGANIZATION, "name": "-all.of_it", "maxMemory": 10 * MIB + 1, "region": "eu-central",
        "evictionPolicy": "noeviction", "persistence": True, "deletionProtection": True,
        "expiresAt": "2027-01-01T00:00:00.000Z", "backupSchedule": {"every": "1d", "at": "03:00", "keep": 7},
        "recoverFromBackup": True, "maintenanceWindow": {"day": None, "at": "22:15", "hours": 3},
        "engine": "valkey", "notifyKeyspaceEvents": "Exg", "settings": {"maxmemory-samples": 10, "activedefrag": True},
        "allowedCidrs": ["10.1.0.0/16", "10.2.0.7/32"],
    }),
    Request("POST", "/instances", {
        "organizationId": ORGANIZATION, "name": "again", "maxMemory": 1536 * MIB, "region": "eu-central",
        "restoreFrom": "bkp_1", "restoreKeys": True, "persistence": False,
    }),
    Request("GET", "/instances/inst_1"),
    Request("PATCH", "/instances/inst_1", {
        "name": "cache-2", "maxMemory": 2048 * MIB, "evictionPolicy": "volatile-ttl", "deletionProtection": False,
        "expiresAt": None, "backupSchedule": None, "recoverFromBackup": False, "maintenanceWindow": None,
        "notifyKeyspaceEvents": "", "settings": {"lazyfree-lazy-eviction": False}, "allowedCidrs": ["10.1.0.0/16"],
        "allowEviction": True,
    }),
    Request("PATCH", "/instances/inst_1", {
        "backupSchedule": {"every": "6h", "at": None, "keep": 4},
        "maintenanceWindow": {"day": "sunday", "at": "03:00", "hours": 4},
    }),
    Request("DELETE", "/instances/inst_1"),
    Request("DELETE", "/instances/inst_1", query={"finalBackup": "best-effort"}),
    Request("POST", "/instances/inst_1/replace"),
    Request("GET", "/instances/inst_1/metrics", query={"period": "7d"}),
    *(Request("POST", "/instances/inst_1/keys", {"name": name, "role": "read-only"}) for name in AWKWARD),
    Request("POST", "/instances/inst_1/keys", {"role": "read-write"}),
    Request("DELETE", "/instances/inst_1/keys/key_1"),
    Request("POST", "/instances/inst_1/maintenance/certificate/now"),
    Request("POST", "/instances/inst_1/maintenance/certificate/defer"),
    *(Request("POST", "/instances/inst_1/backups", {"name": name, "retentionDays": 30}) for name in AWKWARD),
    Request("POST", "/instances/inst_1/backups", {"retentionDays": 7}),
    Request("POST", "/backups/bkp_1/download"),
    Request("POST", "/backups/bkp_1/undelete"),
    Request("DELETE", "/backups/bkp_1"),
    Request("GET", "/organizations", query={"limit": "100"}),
    *(Request("PATCH", OWN, {"name": name}) for name in AWKWARD),
    Request("PATCH", OTHER, {"name": "another"}),
    Request("POST", f"{OTHER}/suspend"),
    Request("POST", f"{OTHER}/resume"),
    Request("GET", f"{OTHER}/usage"),
    Request("GET", f"{OWN}/audit", query={"limit": "50"}),
    Request("GET", f"{OWN}/audit", query={
        "action": "instance.created", "memberId": "mem_1", "targetId": "key_1", "instanceId": "inst_1",
        "since": "2026-01-01T00:00:00.000Z", "until": "2026-02-01T00:00:00.000Z", "limit": "50",
    }),
    *(Request("POST", f"{OWN}/members", {"name": name, "role": "developer"}) for name in AWKWARD),
    Request("PATCH", f"{OWN}/members/mem_1", {"name": "-Ada", "role": "admin"}),
    Request("DELETE", f"{OTHER}/members/mem_1"),
    *(Request("POST", f"{OTHER}/keys", {"name": name, "role": "viewer", "memberId": "mem_1"}) for name in AWKWARD),
    Request("POST", f"{OWN}/keys", {
        "name": "ci", "role": "viewer", "memberId": "mem_1", "expiresAt": "2027-01-01T00:00:00.000Z",
    }),
    Request("DELETE", f"{OWN}/keys/ak_1"),
    *(Request("POST", f"{OWN}/webhooks", {"url": "https://a.test/?q='1'&b=2", "events": ["*"], "description": name})
      for name in AWKWARD),
    Request("POST", f"{OWN}/webhooks", {"url": "https://a.test/", "events": ["backup.failed", "backup.verified"]}),
    Request("PATCH", f"{OWN}/webhooks/wh_1", {"url": "https://b.test/", "events": ["*"], "enabled": False}),
    Request("PATCH", f"{OWN}/webhooks/wh_1", {"enabled": True}),
    Request("DELETE", f"{OWN}/webhooks/wh_1"),
    Request("POST", f"{OWN}/webhooks/wh_1/test"),
]  # fmt: skip
"""What the console sends, and the command line has a word for."""

UNSAYABLE = [
    Request("POST", "/organizations", {"name": "Acme", "limits": {"instances": 1}}),
    Request("PATCH", OTHER, {"limits": {"instances": 1}}),
    Request("DELETE", OWN),
    Request("GET", "/operations/fleet"),
    Request("POST", "/operations/rollouts/rol_1/undo"),
    Request("GET", "/instances/inst_1/receipt"),
    Request("PATCH", "/instances/inst_1", {"name": "cache", "aFieldOfTomorrow": 1}),
    Request("PATCH", "/instances/inst_1", {"allowedCidrs": []}),
]

NOT_SHOWN = {
    *("login", "logout", "whoami", "console", "docs"),  # of a terminal alone
    *("connect", "env"),  # the tabs that say how to connect
    *("instances list", "instances wait", "instances plan", "keys list", "maintenance list", "engines", "timeline"),
    *("backups list", "backups get", "backups plan", "org get", "org members list", "org keys list"),
    *("webhooks list", "webhooks deliveries"),  # what a page only reads, and is all of it
    *("slowlog", "backups import"),  # no page has it
    "org create",  # the page's has limits
}
"""Words of the command line that stand beside nothing in the console."""

BEFORE = {
    "instance": {"id": "inst_1", "name": "cache"},
    "apiKeys": [{"id": "key_1", "name": "a key", "connections": 0}],
    "plan": {"blockedBy": [], "restart": False},
}
"""What a command asks for before it sends what it is for."""


class ArrivedError(Exception):
    """A command has come to the request that it is for."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


@dataclass(frozen=True)
class Upto:
    """A transport that ends a command at a request of this method and path."""

    wanted: Request

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        parts = urlsplit(path)
        sent = Request(
            method,
            parts.path.removeprefix("/api/v1"),
            json.loads(body) if body else None,
            dict(parse_qsl(parts.query)),
        )
        if (sent.method, sent.path) == (self.wanted.method, self.wanted.path):
            raise ArrivedError(sent)
        return Reply(200, {}, json.dumps(BEFORE).encode())


def sent_by(arguments: list[str], wanted: Request, folder: Path) -> Request | None:
    """What the command line sends for arguments, before anything is answered; None if it is not such a request."""
    environ = {
        "SWIFTCACHE_API_URL": "https://api.example.com",
        "SWIFTCACHE_API_KEY": "sk_live_any",
        "SWIFTCACHE_ORGANIZATION": ORGANIZATION,
    }
    outside = Outside(
        environ, connect=lambda _: Upto(wanted), config_folder=lambda: folder, state_folder=lambda: folder
    )
    try:
        program.run(arguments, outside)
    except ArrivedError as arrived:
        return arrived.request
    return None


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What `shown` has found, so that the page is asked once."""
    return {}


@pytest.fixture
def shown(told: dict[str, Any], signed_in: Console) -> dict[str, Any]:
    if not told:
        requests = [asdict(request) for request in (*SAYABLE, *UNSAYABLE)]
        told |= signed_in.page.evaluate(SHOWN, [ORGANIZATION, requests])
    return told


def words_of(lines: list[str]) -> list[list[str]]:
    """Each line as a shell reads it, without its first word."""
    script = IN_A_SHELL + "\n".join(lines)
    said = subprocess.run(["sh", "-eu"], input=script.encode(), capture_output=True, check=True).stdout.decode()
    return [command.split("\0")[:-1] for command in said.split("\1\0")[:-1]]


def typed(shown: dict[str, Any]) -> list[list[str]]:
    """What the command line is given for each of SAYABLE."""
    return words_of([line for _, line in shown["lines"][: len(SAYABLE)]])


def without_nulls_inside(request: Request) -> Request:
    """A null within a value is what is not said of it; a null as a value takes something away."""
    inside = {
        name: {field: one for field, one in value.items() if one is not None} if isinstance(value, dict) else value
        for name, value in (request.body or {}).items()
    }
    return Request(request.method, request.path, inside or None, request.query)


def test_the_line_of_the_command_line_sends_the_same_request(shown: dict[str, Any], tmp_path: Path) -> None:
    for request, arguments in zip(SAYABLE, typed(shown), strict=True):
        sent = sent_by(arguments, request, tmp_path)
        assert sent is not None, arguments
        assert without_nulls_inside(sent) == without_nulls_inside(request), arguments


def test_the_line_with_curl_sends_the_same_request(shown: dict[str, Any], signed_in: Console) -> None:
    lines = words_of([line for line, _ in shown["lines"]])
    for request, arguments in zip((*SAYABLE, *UNSAYABLE), lines, strict=True):
        given = iter(arguments)
        found = {name: next(given) for name in given if name in ("-X", "-d")}
        [url] = [one for one in arguments if one.startswith("http")]
        assert found.get("-X", "GET") == request.method
        assert (json.loads(found["-d"]) if "-d" in found else None) == request.body
        parts = urlsplit(url.removeprefix(signed_in.stack.facts["apiUrl"] + "/api/v1"))
        assert (parts.path, dict(parse_qsl(parts.query))) == (request.path, request.query)
        assert "Authorization: Bearer the token" in arguments


def test_what_the_command_line_cannot_say_has_no_line_of_it(shown: dict[str, Any]) -> None:
    assert [line for _, line in shown["lines"][len(SAYABLE) :]] == [None] * len(UNSAYABLE)


def test_each_line_that_the_page_knows_is_tried_here(shown: dict[str, Any]) -> None:
    untried = [
        (method, pattern)
        for method, pattern in shown["known"]
        if not any(
            method == request.method and re.fullmatch(re.sub(r":\w+", "[^/]+", pattern), request.path)
            for request in SAYABLE
        )
    ]
    assert untried == []


def leaves(command: Any, before: str = "") -> Iterator[str]:
    """The words of every command."""
    found = getattr(command, "commands", None)
    if found is None:
        yield before.strip()
        return
    for name in found:
        yield from leaves(found[name], f"{before} {name}")


def test_each_word_of_the_command_line_is_shown_beside_what_does_the_same(shown: dict[str, Any]) -> None:
    said = [re.sub(r"^--organization \w+ ", "", " ".join(arguments)) for arguments in typed(shown)]
    unsaid = {
        word for word in leaves(get_command(program.app)) if not any(f"{line} ".startswith(f"{word} ") for line in said)
    }
    assert unsaid == NOT_SHOWN


def run(console: Console, line: str) -> str:
    """What the real command line prints for a line that is pasted into a shell."""
    script = f'swiftcache() {{ "{sys.executable}" -m swiftcache_cli "$@"; }}\n{line}'
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(console.stack.home),
        "PYTHONPATH": str(Path(__file__).parents[2] / "cli"),
        "SWIFTCACHE_API_URL": console.stack.facts["apiUrl"],
        "SWIFTCACHE_API_KEY": console.stack.facts["token"],
    }
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_line_that_is_pasted_makes_what_the_form_would(signed_in: Console, api: Api) -> None:
    page = signed_in.page
    signed_in.go("/instances/new")
    page.get_by_label("Name", exact=True).fill("-pasted")
    page.get_by_label("Memory", exact=True).fill("10")
    page.get_by_label("When memory is full").select_option("noeviction")
    page.get_by_label("Maintenance window").select_option("sunday")
    page.get_by_text("Show as a command").click()
    page.get_by_role("tab", name="swiftcache").click()
    line = page.get_by_role("region", name="The same with swiftcache")
    expect(line).to_contain_text("-- -pasted")
    expect(page.get_by_text(f"swiftcache login {signed_in.stack.facts['apiUrl']}", exact=True)).to_be_visible()
    run(signed_in, line.inner_text())
    [made] = [one for one in api.instances() if one["name"] == "-pasted"]
    assert (made["maxMemory"], made["evictionPolicy"]) == (10 * MIB, "noeviction")
    assert made["maintenanceWindow"] == {"day": "sunday", "at": "03:00", "hours": 4}
    api.delete(made["id"])


def test_the_tool_is_chosen_once_and_the_line_names_another_organization(signed_in: Console, api: Api) -> None:
    other, page = an_organization(api), signed_in.page
    name = 'it\'s "ö" $HOME'
    signed_in.go("/organization/members")
    page.get_by_text("Show as a command").click()
    page.get_by_role("tab", name="curl").press("ArrowRight")
    expect(page.get_by_role("region", name="The same with swiftcache")).to_be_visible()
    signed_in.go(f"/operator/organizations/{other.id}/members")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_text("Show as a command").click()
    line = page.get_by_role("region", name="The same with swiftcache")
    expect(line).to_contain_text(f"--organization {other.id}")
    run(signed_in, line.inner_text())
    members = other.api.send("GET", f"{other.path}/members").json()["members"]
    assert name in [member["name"] for member in members]
    assert "sk_live_" not in page.content()
