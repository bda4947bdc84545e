"""Creating an instance: once, however often the command is run, interrupted or killed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from swiftcache_cli.pending import KEPT_SECONDS, PendingRequests, Request
from swiftcache_cli.transport import ReplyLostError
from tests.api_world import ORGANIZATION, TOKEN, World
from tests.samples import AT
from tests.unit.cli.terminal import Done, Terminal, WorldTransport

CREATE = ("instances", "create", "cache", "--memory", "10MB", "--region", "eu-central")
REQUEST = Request("https://api", "sk_live_secret", "/instances", {"name": "cache"})


def ids(world: World) -> list[str]:
    return [instance_id for _, instance_id in world.instances.stored]


def key_in(done: Done) -> str:
    return done.out.split("key", 1)[1].split()[0]


def interrupt(method: str, path: str) -> None:
    raise KeyboardInterrupt


def run_it(world: World) -> None:
    for owner, instance_id in list(world.instances.stored):
        if world.instances.stored[owner, instance_id].status is Status.PROVISIONING:
            world.instances.mark_running(owner, instance_id, "x.redis.example.com", Endpoint("203.0.113.9", 6379), AT)


def test_what_was_made_is_shown_with_its_key(terminal: Terminal, world: World) -> None:
    done = terminal.ok(*CREATE)
    [instance] = world.instances.stored.values()
    assert (instance.name, instance.max_memory) == ("cache", 10 * 1024 * 1024)
    assert instance.id in done.out
    assert key_in(done).startswith("sc_live_")


def test_the_only_region_needs_not_be_named(terminal: Terminal, world: World) -> None:
    terminal.ok("instances", "create", "cache")
    assert [instance.region for instance in world.instances.stored.values()] == ["eu-central"]


def test_a_window_is_chosen_with_it_and_a_volume_refused(terminal: Terminal, transport: WorldTransport) -> None:
    terminal.ok(*CREATE, "--maintenance-window", "sunday@03:00+4h", "--no-persistence")
    body = transport.bodies[-1]
    assert body["maintenanceWindow"] == {"day": "sunday", "at": "03:00", "hours": 4}
    assert body["persistence"] is False


def test_with_wait_it_ends_when_the_instance_runs_and_shows_a_url_to_paste(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    transport.meanwhile = lambda method, path: run_it(world)
    done = terminal.ok(*CREATE, "--wait")
    [instance] = world.instances.stored.values()
    assert f"rediss://default:{key_in(done)}@{instance.hostname}:6379" in done.out


def test_a_program_gets_one_document_with_all_of_it(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    transport.meanwhile = lambda method, path: run_it(world)
    found = terminal.ok(*CREATE, "--wait", "--json").json()
    assert found["instance"]["status"] == "RUNNING"
    assert found["createdDefaultKey"]["plainTextKey"].startswith("sc_live_")


def test_two_runs_that_end_well_make_two_instances(terminal: Terminal, world: World) -> None:
    first, second = terminal.ok(*CREATE), terminal.ok(*CREATE)
    assert len(ids(world)) == 2
    assert key_in(first) != key_in(second)
    assert terminal.pending == []


def test_after_ctrl_c_the_same_command_goes_on_with_the_same_instance_and_key(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    def interrupt_the_wait(method: str, path: str) -> None:
        if path.endswith("/timeline"):
            raise KeyboardInterrupt

    transport.meanwhile = interrupt_the_wait
    first = terminal.run(*CREATE, "--wait")
    assert (first.code, "Run the same command again" in first.err) == (130, True)
    transport.meanwhile = lambda method, path: run_it(world)
    second = terminal.ok(*CREATE, "--wait")
    assert len(ids(world)) == 1
    assert key_in(first) == key_in(second)
    assert terminal.pending == []


def test_who_ends_before_the_answer_to_the_request_finds_what_it_made(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    transport.meanwhile = interrupt
    assert terminal.run(*CREATE).code == 130
    transport.meanwhile = lambda method, path: None
    terminal.ok(*CREATE)
    assert len(ids(world)) == 1


def test_a_lost_answer_is_asked_for_again_in_the_same_run(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    lost = [ReplyLostError("broken"), ReplyLostError("broken")]

    def lose(method: str, path: str) -> None:
        if method == "POST" and lost:
            raise lost.pop()

    transport.meanwhile = lose
    done = terminal.ok(*CREATE)
    assert len(ids(world)) == 1
    assert key_in(done).startswith("sc_live_")


def test_who_loses_the_network_for_good_goes_on_with_the_same_instance_later(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    def lose(method: str, path: str) -> None:
        raise ReplyLostError("the network is down")

    transport.meanwhile = lose
    done = terminal.run(*CREATE)
    assert (done.code, "API_UNREACHABLE" in done.err) == (1, True)
    transport.meanwhile = lambda method, path: None
    terminal.ok(*CREATE)
    assert len(ids(world)) == 1


def test_what_was_deleted_meanwhile_is_not_waited_for_but_made_anew(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    transport.meanwhile = interrupt
    terminal.run(*CREATE)
    transport.meanwhile = lambda method, path: None
    [old] = ids(world)
    del world.instances.stored[ORGANIZATION, old]
    terminal.ok(*CREATE)
    [new] = ids(world)
    assert new != old


def test_a_request_that_was_refused_is_not_remembered(terminal: Terminal) -> None:
    assert terminal.run("instances", "create", "a name with spaces", "--region", "eu-central").code == 2
    assert terminal.pending == []


def test_another_instance_is_made_for_another_request_while_one_is_unfinished(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    transport.meanwhile = interrupt
    terminal.run(*CREATE)
    transport.meanwhile = lambda method, path: None
    terminal.ok(*CREATE[:2], "other", *CREATE[3:])
    assert len(ids(world)) == 2


def test_a_creation_that_fails_is_told_with_its_reason_and_not_gone_on_with(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    def fail(method: str, path: str) -> None:
        for owner, instance_id in list(world.instances.stored):
            if world.instances.stored[owner, instance_id].status is Status.PROVISIONING:
                failure = Failure("NO_CAPACITY", "AWS has no room", "StartRedisTask", "request")
                world.instances.mark_error(owner, instance_id, failure, AT)

    transport.meanwhile = fail
    done = terminal.run(*CREATE, "--wait")
    assert (done.code, "AWS has no room (NO_CAPACITY)" in done.err.replace("made: ", "")) == (1, True)
    assert terminal.pending == []


def test_a_wait_that_takes_too_long_ends_with_6_and_the_next_run_goes_on(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    done = terminal.run(*CREATE, "--wait", "--timeout", "5")
    assert (done.code, "TIMED_OUT" in done.err) == (6, True)
    transport.meanwhile = lambda method, path: run_it(world)
    terminal.ok(*CREATE, "--wait")
    assert len(ids(world)) == 1


def test_a_wait_goes_on_through_an_api_that_does_not_answer(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    lost = [ReplyLostError("broken")] * 7

    def lose(method: str, path: str) -> None:
        if method == "GET" and lost:
            raise lost.pop()
        run_it(world)

    transport.meanwhile = lose
    done = terminal.ok(*CREATE, "--wait")
    assert "so does the wait" in done.err


def test_the_file_of_an_unfinished_request_has_no_account_key_and_is_its_owners(
    terminal: Terminal, transport: WorldTransport
) -> None:
    transport.meanwhile = interrupt
    terminal.run(*CREATE)
    [file] = terminal.pending
    assert TOKEN not in file.name + file.read_text()
    assert set(json.loads(file.read_text())) == {"key", "at"}
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_key_of_a_request_is_there_before_it_is_sent(terminal: Terminal, transport: WorldTransport) -> None:
    there: list[bool] = []
    transport.meanwhile = lambda method, path: there.append(bool(terminal.pending and terminal.pending[0].read_text()))
    terminal.ok(*CREATE)
    assert there == [True]


def test_equal_requests_of_two_live_programs_have_two_keys(tmp_path: Path) -> None:
    requests = PendingRequests(tmp_path, lambda: 0)
    with requests.take(REQUEST) as one, requests.take(REQUEST) as two:
        assert one.key != two.key
        two.forget()
    with requests.take(REQUEST) as resumed:
        assert (resumed.key, resumed.resumed) == (one.key, True)


def test_a_request_is_not_gone_on_with_when_the_api_may_have_forgotten_it(tmp_path: Path) -> None:
    now = [0.0]
    requests = PendingRequests(tmp_path, lambda: now[0])
    with requests.take(REQUEST) as old:
        pass
    now[0] = KEPT_SECONDS
    with requests.take(REQUEST) as new:
        assert (new.resumed, new.key == old.key) == (False, False)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}'])
def test_a_file_that_was_not_written_to_its_end_counts_as_none(tmp_path: Path, text: str) -> None:
    requests = PendingRequests(tmp_path, lambda: 0)
    with requests.take(REQUEST):
        [file] = (tmp_path / "pending").iterdir()
    file.write_text(text)
    with requests.take(REQUEST) as found:
        assert not found.resumed


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, api_url="https://other"),
        replace(REQUEST, api_key="sk_live_other"),
        replace(REQUEST, path="/other"),
        replace(REQUEST, body={"name": "other"}),
    ],
    ids=["address", "account key", "path", "body"],
)
def test_another_request_has_another_key(tmp_path: Path, other: Request) -> None:
    requests = PendingRequests(tmp_path, lambda: 0)
    with requests.take(REQUEST) as one:
        pass
    with requests.take(other) as two:
        assert one.key != two.key
