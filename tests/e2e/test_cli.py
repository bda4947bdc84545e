"""The command line, as a newcomer types it: the guide's session, and what goes wrong."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Api
from tests.e2e.documented import blocks, need, paste, session
from tests.e2e.stack import PROJECT, Stack
from tests.e2e.test_organizations import Tenant, gone

SWIFTCACHE = [sys.executable, "-P", "-m", "swiftcache_cli"]
SECONDS = 60
CREATE = ("instances", "create", "interrupted", "--memory", "10MB", "--wait")

DIFFERENT_EACH_TIME = {
    r"inst_\w+": "inst_…",
    r"key_\w+": "key_…",
    r"sc_live_\w+": "sc_live_…",
    r"\b\w+(?=\.redis\.swiftcache\.test)": "…",
    r"REDIS_CA_FILE=.*": "REDIS_CA_FILE=…",
    r"[\d.]+ [KM]B used": "… used",
}


ADDRESS_MONTH = 3.65
"""What a public address costs, in USD. The pages show a public stack."""


def with_addresses(line: str) -> str:
    return re.sub(r"\$(\d+\.\d\d)", lambda price: f"${float(price[1]) + ADDRESS_MONTH:.2f}", line)


def without_differences(line: str) -> str:
    for pattern, shown in DIFFERENT_EACH_TIME.items():
        line = re.sub(pattern, shown, line)
    return line


class Person:
    """Somebody with a home folder, and an account key in the environment or none."""

    def __init__(self, home: Path, environ: dict[str, str]) -> None:
        self.environ = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT / "cli"),
            "LANG": "C.UTF-8",
            **environ,
        }
        self.config = home / ".config" / "swiftcache"
        self.pending = home / ".local" / "state" / "swiftcache" / "pending"

    def run(self, *arguments: str, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SWIFTCACHE, *arguments],
            env={**self.environ, **environ},
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def ok(self, *arguments: str, **environ: str) -> str:
        done = self.run(*arguments, **environ)
        assert done.returncode == 0, done
        return done.stdout

    def begin(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*SWIFTCACHE, *arguments],
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture
def tenant(api: Api) -> Iterator[Tenant]:
    tenant = Tenant(api, 2)
    yield tenant
    gone(tenant)


@pytest.fixture
def person(stack: Stack, tenant: Tenant, tmp_path: Path) -> Person:
    """The tenant's owner."""
    return Person(
        tmp_path,
        {
            "SWIFTCACHE_API_URL": stack.facts["apiUrl"],
            "SWIFTCACHE_API_KEY": tenant.token,
            "SWIFTCACHE_CA_FILE": stack.facts["caFile"],
            "SWIFTCACHE_DNS": stack.facts["dns"],
        },
    )


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md"])
def test_the_first_minute_prints_what_the_page_shows(stack: Stack, page: str) -> None:
    need("bash", "redis-cli")
    [block] = [found for found in blocks(PROJECT / page, "console") if "$ swiftcache instances create" in found]
    shown = session(block)
    printed = paste(stack, "bash", "-euo", "pipefail", "-c", shown.typed, timeout=3 * SECONDS)
    if stack.is_private:
        printed = [with_addresses(line) for line in printed]
    assert [without_differences(line) for line in printed] == shown.printed


def test_login_asks_for_the_key_without_showing_it_and_everything_else_follows(
    stack: Stack, tenant: Tenant, tmp_path: Path
) -> None:
    person = Person(tmp_path, {})
    seen = typed_at_a_terminal(person, ["login", stack.facts["apiUrl"]], "Account key", tenant.token)
    assert tenant.token not in seen
    assert "Signed in to Tenant as owner" in seen
    assert (person.config / "profiles.json").stat().st_mode & 0o777 == 0o600
    assert tenant.organization_id in person.ok("whoami")
    person.ok("logout")
    assert person.run("whoami").returncode == 4


def typed_at_a_terminal(person: Person, arguments: list[str], prompt: str, answer: str) -> str:
    """All that the terminal showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(SWIFTCACHE[0], [*SWIFTCACHE, *arguments], person.environ)
    seen = b""
    answered = False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other side has ended
            break
        if not part:
            break
        seen += part
        if not answered and prompt.encode() in seen:
            os.write(terminal, f"{answer}\n".encode())
            answered = True
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen.decode()
    return seen.decode()


def once_it_is_remembered(person: Person, program: "subprocess.Popen[str]") -> None:
    """When its request is about to be sent, or under way."""
    deadline = time.monotonic() + SECONDS
    while not (person.pending.exists() and any(file.read_text() for file in person.pending.iterdir())):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def once_the_key_is_shown(person: Person, program: "subprocess.Popen[str]") -> None:
    """When the instance is being made."""
    assert program.stdout is not None
    assert any(line.startswith("key ") for line in program.stdout)


@pytest.mark.parametrize("moment", [once_it_is_remembered, once_the_key_is_shown])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_creation_that_is_ended_in_the_middle_goes_on_with_the_same_instance(
    person: Person,
    tenant: Tenant,
    number: signal.Signals,
    code: int,
    moment: Callable[[Person, "subprocess.Popen[str]"], None],
) -> None:
    with person.begin(*CREATE) as program:
        moment(person, program)
        program.send_signal(number)
        program.wait(SECONDS)
    assert program.returncode == code
    before = [instance["id"] for instance in tenant.instances()]
    assert "status  RUNNING" in (said := person.ok(*CREATE))
    [instance] = tenant.instances()
    assert before in ([], [instance["id"]])
    assert instance["id"] in said
    assert list(person.pending.iterdir()) == []


def test_what_is_shown_again_after_a_kill_is_the_key_that_redis_takes(person: Person, tenant: Tenant) -> None:
    with person.begin(*CREATE) as program:
        assert program.stdout is not None
        first = next(line.split()[1] for line in program.stdout if line.startswith("key "))
        program.kill()
    assert first in person.ok(*CREATE)
    assert "PONG" in person.ok("connect", "interrupted", "--", "PING", REDISCLI_AUTH=first)


@pytest.fixture
def running(person: Person) -> Iterator[str]:
    """The name of an instance."""
    person.ok("instances", "create", "mine", "--memory", "10MB", "--wait")
    yield "mine"
    person.ok("instances", "delete", "mine", "--yes", "--wait")


def test_connect_needs_no_client_of_redis_and_leaves_no_key(person: Person, running: str) -> None:
    before = person.ok("keys", "list", running)
    done = person.run("connect", running, "--", "SET", "a", "b", PATH="/nowhere")
    assert (done.returncode, done.stdout, "small client" in done.stderr) == (0, "OK\n", True)
    refused = person.run("connect", "--read-only", running, "--", "SET", "a", "c", PATH="/nowhere")
    assert (refused.returncode, refused.stdout[:6]) == (1, "NOPERM")
    piped = person.run("connect", running, typed="GET a\nINCR n\nquit\n", PATH="/nowhere")
    assert piped.stdout == "b\n1\n"
    assert person.ok("keys", "list", running) == before


@pytest.mark.parametrize("path", [os.environ["PATH"], "/nowhere"], ids=["redis-cli", "its own client"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_connection_that_is_told_to_end_leaves_no_key(
    person: Person, running: str, path: str, number: signal.Signals
) -> None:
    before = person.ok("keys", "list", running)
    with person.begin("connect", running, "--", "BLPOP", "nothing", "0", PATH=path) as program:
        while "cli-" not in person.ok("keys", "list", running):
            assert program.poll() is None
        program.send_signal(number)
        program.wait(SECONDS)
    assert program.returncode == 128 + number
    assert person.ok("keys", "list", running) == before


def test_a_key_that_redis_does_not_take_is_a_4(person: Person, running: str) -> None:
    environ = {"PATH": "/nowhere", "REDISCLI_AUTH": "sc_live_" + "0" * 32}
    done = person.run("connect", running, "--", "PING", **environ)
    assert (done.returncode, "KEY_REFUSED" in done.stderr) == (4, True)


def test_a_backup_is_taken_fetched_and_brought_in_as_a_file(person: Person, running: str, tmp_path: Path) -> None:
    person.ok("connect", running, "--", "SET", "a", "b")
    taken = person.ok("backups", "create", running, "--name", "mine", "--wait")
    backup_id = re.search(r"bkp_\w+", taken)
    assert backup_id
    file = tmp_path / "backup.rdb"
    person.ok("backups", "download", backup_id[0], str(file))
    assert file.read_bytes().startswith(b"REDIS")
    assert person.run("backups", "download", backup_id[0], str(file)).returncode == 2
    brought = person.ok("backups", "import", str(file), "--wait")
    assert re.search(r"^keys +1$", brought, re.MULTILINE), brought
    assert "mine" in person.ok("backups", "list")
    assert "a month" in person.ok("backups", "plan", backup_id[0], "--memory", "20MB")
    person.ok("backups", "delete", backup_id[0], "--yes")
    deleted = person.run("backups", "plan", backup_id[0])
    assert deleted.returncode == 3 or "BACKUP_NOT_AVAILABLE" in deleted.stdout


def test_what_was_deleted_with_a_last_backup_comes_back_with_its_data(person: Person, tenant: Tenant) -> None:
    first = person.ok("instances", "create", "back", "--memory", "10MB", "--wait").split()[1]
    person.ok("connect", "back", "--", "SET", "a", "b")
    person.ok("instances", "delete", "back", "--final-backup", "required", "--yes", "--wait")
    [final] = json.loads(person.ok("backups", "list", "--instance", first, "--json"))["backups"]
    assert final["kind"] == "FINAL"
    assert f"back ({first}) is RUNNING" in person.ok("backups", "undelete", final["id"], "--wait")
    assert person.ok("connect", "back", "--", "GET", "a") == "b\n"


def test_a_task_is_replaced_while_somebody_waits(person: Person, running: str) -> None:
    assert "SUCCEEDED" in person.ok("instances", "replace", running, "--yes", "--wait")


LOOKS = [
    "whoami",
    "instances list",
    "instances get mine",
    "keys list mine",
    "metrics mine",
    "metrics mine --period 7d",
    "slowlog mine",
    "timeline mine",
    "maintenance list mine",
    "backups list --instance mine",
    "engines",
    "org get",
    "org usage",
    "org members list",
    "org keys list",
    "audit --limit 3",
    "webhooks list",
]


def test_whatever_can_be_looked_at_is_text_for_people_and_json_for_programs(person: Person, running: str) -> None:
    for look in LOOKS:
        assert person.ok(*look.split()).strip(), look
        assert isinstance(json.loads(person.ok(*look.split(), "--json")), dict), look


def test_a_name_that_the_terminal_cannot_show_is_shown_as_well_as_it_can(person: Person) -> None:
    person.ok("org", "rename", "Äcme")
    assert "?cme" in person.ok("org", "get", PYTHONIOENCODING="ascii")


@pytest.mark.parametrize("arguments", ["audit", "audit --json", "--help"])
def test_who_does_not_read_what_is_printed_hears_no_complaint(person: Person, arguments: str) -> None:
    command = f"{' '.join(SWIFTCACHE)} {arguments} | true"
    done = subprocess.run(
        ["sh", "-c", command], env=person.environ, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_live_metrics_are_a_document_a_line_until_ctrl_c(person: Person, running: str) -> None:
    with person.begin("metrics", running, "--live", "--every", "1", "--json") as program:
        assert program.stdout is not None
        two = [json.loads(next(program.stdout)) for _ in range(2)]
        program.send_signal(signal.SIGINT)
        program.wait(SECONDS)
    assert program.returncode == 130
    assert {figures["maxMemory"] for figures in two} == {10 * 1024 * 1024}


def test_a_webhook_is_made_changed_and_deleted(person: Person) -> None:
    made = json.loads(
        person.ok("webhooks", "create", "http://127.0.0.1:9000/", "--event", "instance.status_changed", "--json")
    )
    assert made["signingSecret"].startswith("whsec_")
    webhook_id = made["webhook"]["id"]
    person.ok("webhooks", "set", webhook_id, "--disabled")
    assert " no " in person.ok("webhooks", "list")
    person.ok("webhooks", "deliveries", webhook_id)
    person.ok("webhooks", "delete", webhook_id, "--yes")
    assert webhook_id not in person.ok("webhooks", "list")


def test_an_api_that_nobody_answers_for_is_a_1_that_says_which(person: Person) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = person.run("instances", "list", SWIFTCACHE_API_URL=url)
    assert (done.returncode, "API_UNREACHABLE" in done.stderr, url in done.stderr) == (1, True, True)
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_revoked_key_and_a_role_that_is_too_low_are_a_4(person: Person, tenant: Tenant) -> None:
    made: dict[str, Any] = tenant.post_key().json()["createdKey"]
    viewer = {"SWIFTCACHE_API_KEY": made["plainTextKey"]}
    person.ok("instances", "list", **viewer)
    low = person.run("instances", "create", "x", "--memory", "10MB", **viewer)
    assert (low.returncode, "ROLE_TOO_LOW" in low.stderr) == (4, True)
    person.ok("org", "keys", "revoke", made["id"], "--yes")
    revoked = person.run("instances", "list", **viewer)
    assert (revoked.returncode, "NOT_AUTHENTICATED" in revoked.stderr) == (4, True)
    assert "swiftcache login" in revoked.stderr


def test_a_key_that_expires_is_a_4_from_then_on(person: Person, tenant: Tenant) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    key = person.ok("org", "keys", "create", "brief", "--role", "viewer", "--expires-at", soon, "--json")
    brief = {"SWIFTCACHE_API_KEY": json.loads(key)["createdKey"]["plainTextKey"]}
    deadline = time.monotonic() + SECONDS
    while (done := person.run("instances", "list", **brief)).returncode == 0:
        assert time.monotonic() < deadline
    assert (done.returncode, "expired" in done.stderr) == (4, True)


def test_a_limit_that_is_reached_is_a_1_and_is_not_asked_for_again(person: Person, tenant: Tenant) -> None:
    limits = {"limits": {"instances": 0, "memory": 0}}
    assert tenant.operator.send("PATCH", tenant.path, json=limits).status_code == 200
    done = person.run("instances", "create", "x", "--memory", "10MB")
    assert (done.returncode, "LIMIT_EXCEEDED" in done.stderr, "org usage" in done.stderr) == (1, True, True)
    assert list(person.pending.iterdir()) == []


@pytest.mark.parametrize("word", [[], ["instances"], ["instances", "create"], ["connect"], ["login"]])
def test_help_needs_nobody_to_be_signed_in(tmp_path: Path, word: list[str]) -> None:
    assert "Usage: swiftcache" in Person(tmp_path, {}).ok(*word, "--help")
