"""Seeing, changing and deleting instances by name or id."""

import io
import re
from dataclasses import replace

import pytest

from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service, replacement_service
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FIGURES, FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import NOW, OFFERS, an_instance
from tests.unit.cli.terminal import Terminal, WorldTransport


@pytest.fixture(autouse=True)
def running(world: World) -> None:
    store = FakeConfigurationStore(world.instances)
    inspector = FakeInspector({INSTANCE: replace(FIGURES, used_memory=450 * MIB)})
    world.injector.given[change_service] = ChangeService(
        world.instances, store, FakeConfigureTrigger(), FakeNetworkTrigger(), inspector, OFFERS, lambda: NOW
    )
    world.injector.given[replacement_service] = ReplacementService(world.instances, store, lambda: NOW)
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379)


def another(world: World, instance_id: str, name: str = "my-redis") -> None:
    world.instances.stored[ORGANIZATION, instance_id] = an_instance(
        id=instance_id, organization_id=ORGANIZATION, name=name
    )


def stored(world: World) -> object:
    return world.instances.stored[ORGANIZATION, INSTANCE]


@pytest.mark.parametrize("named", ["my-redis", INSTANCE])
def test_an_instance_is_found_by_its_name_and_by_its_id(terminal: Terminal, named: str) -> None:
    assert terminal.ok("instances", "get", named, "--json").json()["instance"]["id"] == INSTANCE


def test_a_name_that_looks_like_an_id_is_found_too(terminal: Terminal, world: World) -> None:
    another(world, "inst_a2", "inst_mine")
    assert terminal.ok("instances", "get", "inst_mine", "--json").json()["instance"]["id"] == "inst_a2"


def test_a_name_that_two_have_is_refused_with_the_ids(terminal: Terminal, world: World) -> None:
    another(world, "inst_a2")
    done = terminal.run("instances", "delete", "my-redis", "--yes")
    assert (done.code, INSTANCE in done.err, "inst_a2" in done.err) == (2, True, True)
    assert len(world.instances.stored) == 2


def test_what_is_not_there_is_a_3_with_what_to_do(terminal: Terminal) -> None:
    for named in ("other", "inst_other"):
        done = terminal.run("instances", "get", named)
        assert (done.code, "swiftcache instances list" in done.err) == (3, True)


def test_an_error_is_json_for_whoever_asked_for_json(terminal: Terminal) -> None:
    done = terminal.run("instances", "get", "other", "--json")
    assert (done.out, '"code": "NOT_FOUND"' in done.err, '"exitCode": 3' in done.err) == ("", True, True)


def test_the_table_has_a_line_for_each_instance_and_cuts_nothing_on_a_narrow_terminal(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    another(world, "inst_a2", "n" * 64)
    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.ok("instances", "list").out).splitlines()
    assert lines[0].split()[:3] == ["NAME", "ID", "STATUS"]
    assert sorted(line.split()[0] for line in lines[1:]) == ["my-redis", "n" * 64]


def test_a_list_goes_on_over_all_pages_or_ends_at_the_limit(terminal: Terminal, world: World) -> None:
    for number in range(230):
        another(world, f"inst_b{number:03}", f"name-{number}")
    assert len(terminal.ok("instances", "list", "--json").json()["instances"]) == 231
    assert len(terminal.ok("instances", "list", "--limit", "120", "--json").json()["instances"]) == 120


def test_a_list_can_be_of_one_status(terminal: Terminal, world: World) -> None:
    another(world, "inst_a2")
    found = terminal.ok("instances", "list", "--status", "RUNNING", "--json").json()["instances"]
    assert [one["id"] for one in found] == [INSTANCE]


def test_a_change_in_place_asks_nothing(terminal: Terminal, world: World) -> None:
    terminal.ok("instances", "set", "my-redis", "--eviction-policy", "allkeys-lfu")
    assert world.instances.stored[ORGANIZATION, INSTANCE].eviction_policy is EvictionPolicy.ALLKEYS_LFU


def test_a_change_that_closes_connections_is_shown_and_not_made_where_nobody_can_agree(
    terminal: Terminal, world: World
) -> None:
    before = stored(world)
    done = terminal.run("instances", "set", "my-redis", "--memory", "2GB")
    assert (done.code, "--yes" in done.err, "connections are closed once" in done.err) == (2, True, True)
    assert stored(world) == before


def test_yes_makes_it(terminal: Terminal, world: World) -> None:
    done = terminal.ok("instances", "set", "my-redis", "--memory", "2GB", "--yes")
    assert world.instances.stored[ORGANIZATION, INSTANCE].change is not None
    assert "--for change" in done.out


def test_what_would_be_refused_is_refused_before_anything_is_asked_for(terminal: Terminal, world: World) -> None:
    done = terminal.run("instances", "set", "my-redis", "--memory", "100MB")
    assert (done.code, "MEMORY_IN_USE" in done.err) == (5, True)
    assert terminal.run("instances", "set", "my-redis", "--memory", "100MB", "--yes").code == 5


def test_a_plan_changes_nothing_and_says_pause_and_cost(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    before = stored(world)
    done = terminal.ok("instances", "plan", "my-redis", "--memory", "2GB")
    assert "by a new task" in done.out
    assert "$" in done.out
    assert stored(world) == before
    assert transport.sent[-1] == ("POST", f"/api/v1/instances/{INSTANCE}/plan")


def test_nothing_to_change_is_said_and_not_sent(terminal: Terminal, transport: WorldTransport) -> None:
    assert terminal.run("instances", "set", "my-redis").code == 2
    assert transport.sent == []


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (["--name", "other"], {"name": "other"}),
        (["--memory", "600MB"], {"maxMemory": 600 * MIB}),
        (["--setting", "timeout=300", "--setting", "lazyfree-lazy-expire=true"],
         {"settings": {"timeout": 300, "lazyfree-lazy-expire": True}}),
        (["--setting", "timeout=default"], {"settings": {"timeout": None}}),
        (["--no-deletion-protection"], {"deletionProtection": False}),
        (["--never-expires"], {"expiresAt": None}),
        (["--backup-schedule", "1d@03:00:7"], {"backupSchedule": {"every": "1d", "at": "03:00", "keep": 7}}),
        (["--backup-schedule", "none"], {"backupSchedule": None}),
        (["--maintenance-window", "sunday@03:00+4h"],
         {"maintenanceWindow": {"day": "sunday", "at": "03:00", "hours": 4}}),
        (["--maintenance-window", "03:00+4h"], {"maintenanceWindow": {"day": None, "at": "03:00", "hours": 4}}),
        (["--maintenance-window", "default"], {"maintenanceWindow": None}),
        (["--notify-keyspace-events", ""], {"notifyKeyspaceEvents": ""}),
    ],
)  # fmt: skip
def test_what_is_typed_is_what_is_sent(
    terminal: Terminal, transport: WorldTransport, typed: list[str], sent: dict[str, object]
) -> None:
    terminal.ok("instances", "set", "my-redis", *typed, "--yes")
    assert transport.bodies[-1] == sent


@pytest.mark.parametrize(
    "typed",
    [
        ["--memory", "much"],
        ["--memory", "-1MB"],
        ["--backup-schedule", "daily"],
        ["--maintenance-window", "sunday"],
        ["--setting", "timeout"],
        ["--engine", "memcached"],
    ],
)
def test_what_is_not_possible_is_a_2_and_changes_nothing(terminal: Terminal, world: World, typed: list[str]) -> None:
    before = stored(world)
    assert terminal.run("instances", "set", "my-redis", *typed, "--yes").code == 2
    assert stored(world) == before


def test_a_deletion_must_be_agreed_to(terminal: Terminal, world: World) -> None:
    done = terminal.run("instances", "delete", "my-redis")
    assert (done.code, "--yes" in done.err) == (2, True)
    assert world.instances.stored[ORGANIZATION, INSTANCE].status is Status.RUNNING
    terminal.ok("instances", "delete", "my-redis", "--yes")
    assert world.instances.stored[ORGANIZATION, INSTANCE].status is Status.DELETING


@pytest.mark.parametrize(("typed", "code", "status"), [("y\n", 0, Status.DELETING), ("n\n", 1, Status.RUNNING)])
def test_who_can_be_asked_is_asked_and_only_a_yes_counts(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, status: Status
) -> None:
    terminal.asks = True
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    done = terminal.run("instances", "delete", "my-redis")
    assert (done.code, "Of its data nothing stays" in done.err) == (code, True)
    assert world.instances.stored[ORGANIZATION, INSTANCE].status is status


def test_a_deletion_is_waited_for_until_the_instance_is_gone(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    def remove(method: str, path: str) -> None:
        if path.endswith("/timeline"):
            world.instances.stored.clear()

    transport.meanwhile = remove
    assert "is gone" in terminal.ok("instances", "delete", "my-redis", "--yes", "--wait").out


def test_what_is_protected_is_a_5(terminal: Terminal) -> None:
    terminal.ok("instances", "set", "my-redis", "--deletion-protection")
    done = terminal.run("instances", "delete", "my-redis", "--yes")
    assert (done.code, "DELETION_PROTECTED" in done.err) == (5, True)


def test_to_wait_for_the_deletion_of_what_is_not_there_is_done(terminal: Terminal) -> None:
    terminal.ok("instances", "wait", "other", "--for", "deleted")
    assert terminal.run("instances", "wait", "other").code == 3


def test_to_wait_for_a_status_that_there_is_not_is_a_2(terminal: Terminal) -> None:
    assert terminal.run("instances", "wait", "my-redis", "--for", "stopped").code == 2


def test_a_wait_for_an_instance_that_will_not_run_is_a_5(terminal: Terminal) -> None:
    terminal.ok("instances", "delete", "my-redis", "--yes")
    assert terminal.run("instances", "wait", "my-redis").code == 5


def test_an_unknown_option_is_a_2_and_names_it(terminal: Terminal) -> None:
    done = terminal.run("instances", "list", "--jsn")
    assert (done.code, "--jsn" in done.err) == (2, True)


def test_an_instance_is_shown_with_all_that_its_owner_has_to_know(terminal: Terminal, world: World) -> None:
    world.instances.stored[ORGANIZATION, INSTANCE] = replace(
        world.instances.stored[ORGANIZATION, INSTANCE],
        status=Status.ERROR,
        failure=Failure("NO_CAPACITY", "AWS has no room", "StartRedisTask", "request"),
        backup_schedule=BackupSchedule(Interval("1d"), 7, "03:00"),
        expires_at="2026-02-01T00:00:00Z",
    )
    said = [line.split(maxsplit=1) for line in terminal.ok("instances", "get", "my-redis").out.splitlines()]
    shown = {line[0]: line[1] for line in said}
    assert shown["error"] == "AWS has no room (NO_CAPACITY, at StartRedisTask)"
    assert shown["backups"].startswith("every 1d at 03:00 UTC, 7 kept")
    assert shown["expires"] == "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("own_group", "shown"),
    [(None, "10.1.0.0/16, 10.2.0.0/16 (not in force yet)"), (OwnGroup("sg-1", 1), "10.1.0.0/16, 10.2.0.0/16")],
)
def test_an_instance_shows_the_networks_that_reach_it_and_whether_that_is_so_already(
    terminal: Terminal, world: World, own_group: OwnGroup | None, shown: str
) -> None:
    networks = AllowedNetworks(("10.1.0.0/16", "10.2.0.0/16"))
    world.with_instance(allowed_networks=networks, own_group=own_group)
    said = dict(line.split(maxsplit=1) for line in terminal.ok("instances", "get", INSTANCE).out.splitlines())
    assert said["networks"] == shown
