"""Every command is there, explains itself, and does with the API what its name says."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from swiftcache_cli.program import WORDS, app
from swiftcache_cli.sparks import spark
from tests.api_world import ORGANIZATION, World
from tests.unit.cli.terminal import ScriptedTransport, Terminal, WorldTransport, reply

PROMISED = """
login logout whoami connect env metrics slowlog timeline engines audit console docs
instances:create,list,get,wait,set,plan,delete,replace keys:list,create,revoke
backups:list,get,create,delete,plan,undelete,download,import maintenance:list,now,defer
webhooks:list,create,set,delete,test,deliveries
"""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The words of every command, and the command."""
    found = getattr(command, "commands", None)
    if found is None:
        yield path, command
        return
    for name in found:
        yield from leaves(found[name], (*path, name))


FOUND = dict(leaves(get_command(app)))
COMMANDS = sorted(FOUND)


def test_every_command_that_was_promised_is_there() -> None:
    promised = {
        (word, *([leaf] if leaf else []))
        for each in PROMISED.split()
        for word, _, rest in [each.partition(":")]
        for leaf in rest.split(",")
    }
    assert promised <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_explains_itself_and_each_of_its_options(terminal: Terminal, command: tuple[str, ...]) -> None:
    said = terminal.ok(*command, "--help").out
    assert said.startswith(f"Usage: swiftcache {' '.join(command)} ")
    assert len(FOUND[command].help.partition("\n")[0]) > 10
    assert [one.name for one in FOUND[command].params if not getattr(one, "help", None)] == []


@pytest.mark.parametrize("word", [[], *([word] for word in WORDS)], ids=lambda word: " ".join(word) or "nothing")
def test_help_is_80_columns_wide_and_no_name_is_cut_in_it(
    terminal: Terminal, word: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = terminal.ok(*word, "--help").out
    assert [line for line in said.splitlines() if len(line) > 80 or line.endswith(("…", " ..."))] == []


@pytest.mark.parametrize("command", [("instances", "list"), ("org", "members", "list"), ("audit",)])
def test_an_empty_list_is_a_heading_for_people_and_an_empty_list_for_programs(
    terminal: Terminal, command: tuple[str, ...], world: World
) -> None:
    assert terminal.ok(*command).out.strip()
    assert isinstance(next(iter(terminal.ok(*command, "--json").json().values())), list)


def test_members_and_account_keys_come_and_go(terminal: Terminal, world: World) -> None:
    added = terminal.ok("org", "members", "add", "Ada", "--role", "developer", "--json").json()["member"]
    made = terminal.ok("org", "keys", "create", "ci", "--role", "viewer", "--member", added["id"])
    assert "sk_live_" in made.out
    assert "ci" in terminal.ok("org", "keys", "list").out
    terminal.ok("org", "members", "set", added["id"], "--role", "admin")
    assert "admin" in terminal.ok("org", "members", "list").out
    key_id = made.out.split()[1]
    terminal.ok("org", "keys", "revoke", key_id, "--yes")
    terminal.ok("org", "members", "remove", added["id"], "--yes")
    assert "Ada" not in terminal.ok("org", "members", "list").out


def test_the_organization_is_shown_renamed_and_counted(terminal: Terminal) -> None:
    terminal.ok("org", "rename", "Acme Ltd")
    assert "Acme Ltd" in terminal.ok("org", "get").out
    assert terminal.ok("org", "usage").out.split()[:3] == ["USED", "LIMIT", "LEFT"]


def test_the_organization_is_that_of_the_account_key_where_none_is_named(
    terminal: Terminal, transport: WorldTransport
) -> None:
    del terminal.environ["SWIFTCACHE_ORGANIZATION"]
    terminal.ok("org", "get")
    assert transport.sent[-1] == ("GET", f"/api/v1/organizations/{ORGANIZATION}")


def test_a_filter_of_the_audit_log_is_sent_as_the_api_calls_it(terminal: Terminal, transport: WorldTransport) -> None:
    terminal.ok("audit", "--instance", "inst_1", "--since", "2026-01-01T00:00:00Z")
    assert "instanceId=inst_1&since=2026-01-01T00%3A00%3A00Z" in transport.sent[-1][1]


@pytest.mark.parametrize("page", ["console", "docs"])
def test_a_page_is_opened_or_only_printed_and_has_no_key_in_its_address(terminal: Terminal, page: str) -> None:
    assert terminal.ok(page, "--print").out == f"https://api.example.com/{page}\n"
    assert terminal.opened == []
    terminal.ok(page)
    assert terminal.opened == [f"https://api.example.com/{page}"]


def test_a_timeline_tells_each_operation_with_its_steps(terminal: Terminal) -> None:
    step = {
        "name": "StartRedisTask",
        "title": "Start the Redis task",
        "startedAt": "2024-03-15T10:30:00.840Z",
        "endedAt": "2024-03-15T10:30:03.102Z",
        "attempts": 2,
        "outcome": "SUCCEEDED",
        "cause": "AWS answered so",
    }
    operation = {
        "kind": "CREATION",
        "attempt": 1,
        "startedAt": "2024-03-15T10:30:00.121Z",
        "endedAt": None,
        "outcome": "IN_PROGRESS",
        "cause": None,
        "steps": [step],
    }
    timeline = {"instanceId": "inst_1", "status": "PROVISIONING", "operations": [operation], "estimate": None}
    terminal.transport = ScriptedTransport(
        [reply(200, {"instance": {"id": "inst_1"}}), reply(200, {"timeline": timeline})]
    )
    lines = terminal.ok("timeline", "inst_1").out.splitlines()
    assert lines == [
        "CREATION IN_PROGRESS, 2024-03-15 10:30:00 UTC",
        "  ✓ Start the Redis task 2.3 s (AWS answered so)",
    ]


POINT = {
    "time": "2024-03-15T10:00:00Z",
    "commands": 7200,
    "bytesIn": 3600,
    "bytesOut": 0,
    "hits": 1,
    "misses": 1,
    "evictions": 0,
    "usedMemory": 1048576,
    "clients": 1,
    "keys": 50,
}


def test_metrics_are_rows_of_columns_with_the_last_and_the_largest_figure(terminal: Terminal) -> None:
    empty = {**POINT, "commands": 0, "hits": 0, "misses": 0, "usedMemory": None, "clients": None, "keys": None}
    answer = {"period": "24h", "resolutionSeconds": 3600, "metrics": [empty, POINT]}
    terminal.transport = ScriptedTransport([reply(200, {"instance": {"id": "inst_1"}}), reply(200, answer)])
    lines = terminal.ok("metrics", "inst_1").out.splitlines()
    assert [" ".join(line.split()) for line in lines[2:5]] == [
        "commands/s ▁█ 2 2",
        "hit ratio █ 50.0 % 50.0 %",
        "memory █ 1 MB 1 MB",
    ]


def test_live_metrics_go_on_until_they_are_interrupted_and_through_a_redis_that_does_not_answer(
    terminal: Terminal,
) -> None:
    live = {
        "usedMemory": 1,
        "maxMemory": 2,
        "keys": 3,
        "clients": 1,
        "opsPerSecond": 9,
        "hitRatio": None,
        "evictions": 0,
    }
    gone = reply(503, {"code": "REDIS_UNREACHABLE", "detail": "no answer"})
    answers = [reply(200, {"instance": {"id": "inst_1"}}), reply(200, {"metrics": live}), *[gone] * 5]
    terminal.transport = ScriptedTransport([*answers, reply(200, {"metrics": live}), KeyboardInterrupt()])
    done = terminal.run("metrics", "inst_1", "--live", "--json")
    assert (done.code, done.out.count('"opsPerSecond": 9'), "no answer" in done.err) == (130, 2, True)


@pytest.mark.parametrize(
    ("values", "drawn"), [([], ""), ([0, 0], "▁▁"), ([0, 4, 8], "▁▅█"), ([None, 1], " █"), ([1, 1], "██")]
)
def test_a_row_of_columns_begins_at_zero(values: list[float | None], drawn: str) -> None:
    assert spark(values) == drawn


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_the_shell(
    terminal: Terminal, shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_SWIFTCACHE_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", "swiftcache instances de")
    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "swiftcache instances de")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    assert "delete" in terminal.run().out
