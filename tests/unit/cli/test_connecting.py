"""Keys of instances, and where their plain text goes: to Redis's client by its environment, and nowhere else."""

import io
from pathlib import Path

import pytest

from swiftcache.configuration.key_service import KeyService
from swiftcache.configuration.wiring import key_service
from swiftcache.instances.status import Status
from swiftcache_cli import resp
from swiftcache_cli.resp import RefusedError
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FakeMetrics
from tests.samples import NOW
from tests.unit.cli.terminal import Terminal, WorldTransport

HOST = "abc123xyz.redis.example.com"
OWN = "sc_live_" + "1" * 32


@pytest.fixture(autouse=True)
def running(world: World) -> None:
    world.injector.given[key_service] = KeyService(
        world.instances, FakeConfigurationStore(world.instances), FakeConfigureTrigger(), FakeMetrics(), lambda: NOW
    )
    world.with_instance(status=Status.RUNNING, hostname=HOST, port=6379)


@pytest.fixture(params=["redis-cli", "valkey-cli"])
def program(request: pytest.FixtureRequest, terminal: Terminal, tmp_path: Path) -> str:
    """Where only this one is installed."""
    file = tmp_path / "bin" / request.param
    file.parent.mkdir()
    file.touch(mode=0o755)
    terminal.environ["PATH"] = str(file.parent)
    return str(file)


def names(world: World) -> list[str]:
    return [key.name for key in world.instances.stored[ORGANIZATION, INSTANCE].keys]


def test_a_key_is_made_shown_listed_and_revoked_by_its_name(terminal: Terminal, world: World) -> None:
    done = terminal.ok("keys", "create", "my-redis", "--name", "worker", "--read-only")
    assert "sc_live_" in done.out
    lines = terminal.ok("keys", "list", "my-redis").out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "my-redis-default", "worker"]
    terminal.ok("keys", "revoke", "my-redis", "worker", "--yes")
    assert names(world) == ["my-redis-default"]


def test_a_key_that_is_not_there_is_a_3_and_one_that_two_have_a_2(terminal: Terminal) -> None:
    assert terminal.run("keys", "revoke", "my-redis", "other", "--yes").code == 3
    terminal.ok("keys", "create", "my-redis", "--name", "twice")
    terminal.ok("keys", "create", "my-redis", "--name", "twice")
    assert terminal.run("keys", "revoke", "my-redis", "twice", "--yes").code == 2


def test_a_key_is_not_revoked_where_nobody_can_agree(terminal: Terminal, world: World) -> None:
    assert terminal.run("keys", "revoke", "my-redis", "my-redis-default").code == 2
    assert names(world) == ["my-redis-default"]


def test_who_was_interrupted_before_a_key_was_shown_gets_it_by_the_same_command(
    terminal: Terminal, transport: WorldTransport, world: World
) -> None:
    def interrupt(method: str, path: str) -> None:
        if method == "POST":
            raise KeyboardInterrupt

    transport.meanwhile = interrupt
    assert terminal.run("keys", "create", "my-redis", "--name", "worker").code == 130
    transport.meanwhile = lambda method, path: None
    assert "sc_live_" in terminal.ok("keys", "create", "my-redis", "--name", "worker").out
    assert names(world) == ["my-redis-default", "worker"]


def test_connect_runs_the_client_that_is_there_with_the_arguments_as_they_stand(
    terminal: Terminal, program: str
) -> None:
    terminal.ok("connect", "my-redis", "--", "--scan", "--pattern", "a*")
    [(arguments, _)] = terminal.started
    assert arguments[:8] == [program, "--tls", "--sni", HOST, "-h", HOST, "-p", "6379"]
    assert arguments[-3:] == ["--scan", "--pattern", "a*"]


def test_the_key_is_in_the_environment_of_the_client_and_not_in_its_arguments(terminal: Terminal, program: str) -> None:
    terminal.ok("connect", "my-redis", "--", "PING")
    [(arguments, environ)] = terminal.started
    assert environ["REDISCLI_AUTH"].startswith("sc_live_")
    assert environ["REDISCLI_AUTH"] not in " ".join(arguments)


def test_the_client_does_not_get_the_account_key(terminal: Terminal, program: str) -> None:
    terminal.ok("connect", "my-redis", "--", "PING")
    [(_, environ)] = terminal.started
    assert [name for name in environ if name.startswith("SWIFTCACHE_")] == []


def test_the_key_of_a_connection_is_there_while_it_lasts_and_not_longer(
    terminal: Terminal, program: str, world: World
) -> None:
    during: list[list[str]] = []
    terminal.at_start = lambda: during.append(names(world))
    terminal.ok("connect", "my-redis", "--", "PING")
    assert [name[:4] for name in during[0]] == ["my-r", "cli-"]
    assert names(world) == ["my-redis-default"]


def test_the_key_of_a_connection_goes_also_when_the_client_cannot_be_started(
    terminal: Terminal, program: str, world: World
) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    terminal.at_start = fail
    assert terminal.run("connect", "my-redis").code == 130
    assert names(world) == ["my-redis-default"]


def test_the_exit_code_is_the_clients(terminal: Terminal, program: str) -> None:
    terminal.exit_code = 7
    assert terminal.run("connect", "my-redis", "--", "PING").code == 7


def test_a_key_of_ones_own_is_used_and_none_is_made(
    terminal: Terminal, program: str, transport: WorldTransport
) -> None:
    terminal.environ["REDISCLI_AUTH"] = OWN
    terminal.ok("connect", "--user", "key_1", "my-redis", "--", "PING")
    [(arguments, environ)] = terminal.started
    assert environ["REDISCLI_AUTH"] == OWN
    assert arguments[arguments.index("--user") + 1] == "key_1"
    assert {method for method, _ in transport.sent} == {"GET"}


def test_what_does_not_run_cannot_be_connected_to(terminal: Terminal, program: str, world: World) -> None:
    terminal.ok("instances", "delete", "my-redis", "--yes")
    assert terminal.run("connect", "my-redis", "--", "PING").code == 5
    assert terminal.run("env", "my-redis").code == 5
    assert terminal.started == []


def test_env_prints_the_url_with_a_key_that_is_given(terminal: Terminal) -> None:
    terminal.environ["REDISCLI_AUTH"] = OWN
    assert terminal.ok("env", "my-redis").out == f"REDIS_URL=rediss://default:{OWN}@{HOST}:6379\n"


def test_env_asks_for_the_key_where_somebody_can_be_asked(terminal: Terminal) -> None:
    terminal.asks, terminal.typed_secret = True, OWN
    assert OWN in terminal.ok("env", "my-redis").out


def test_env_says_how_to_give_a_key_where_nobody_can_be_asked(terminal: Terminal) -> None:
    done = terminal.run("env", "my-redis")
    assert (done.code, "--new-key" in done.err, done.out) == (2, True, "")


def test_env_takes_no_account_key_for_one_of_redis(terminal: Terminal) -> None:
    terminal.environ["REDISCLI_AUTH"] = "sk_live_x"
    assert terminal.run("env", "my-redis").code == 2


def test_env_makes_a_key_with_a_name_and_its_user_is_in_the_url(terminal: Terminal, world: World) -> None:
    done = terminal.ok("env", "my-redis", "--new-key", "web", "--json")
    [key] = [key for key in world.instances.stored[ORGANIZATION, INSTANCE].keys if key.name == "web"]
    assert done.json()["REDIS_URL"].startswith(f"rediss://{key.id}:sc_live_")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"+OK\r\n", ["OK"]),
        (b":42\r\n", ["42"]),
        (b"$5\r\nhello\r\n", ["hello"]),
        (b"$2\r\n\r\n\r\n", ["\r\n"]),
        (b"$-1\r\n", [""]),
        (b"*-1\r\n", [""]),
        (b"*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n", ["a", "1", ""]),
        (b"$2\r\n\xff\xfe\r\n", ["\\xff\\xfe"]),
        (b"-NOPERM no\r\n", ["NOPERM no"]),
    ],
)
def test_an_answer_of_redis_is_printed_as_redis_cli_prints_it(sent: bytes, shown: list[str]) -> None:
    assert resp.printed(resp.read(io.BytesIO(sent))) == shown


def test_a_refusal_of_redis_is_told_from_an_answer() -> None:
    assert isinstance(resp.read(io.BytesIO(b"-ERR\r\n")), RefusedError)


@pytest.mark.parametrize("sent", [b"", b"+OK", b"$5\r\nhel", b"*2\r\n:1\r\n", b"HTTP/1.1 200\r\n"])
def test_an_answer_that_ends_in_the_middle_is_no_answer(sent: bytes) -> None:
    with pytest.raises(EOFError):
        resp.read(io.BytesIO(sent))
