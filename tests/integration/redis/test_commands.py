"""What a key gets for each command of a real server, held against the list of answers and the page that tells it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.platform.tokens import new_instance_key, sha256
from tests.integration.redis.commands import NEWER, Answer, answers, table, waiting
from tests.integration.redis.open_server import OpenServer, open_server

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
SINCE = "2026-01-01T00:00:00Z"
PLAIN = new_instance_key()
WRITER = InstanceKey("key_writer", "writer", sha256(PLAIN), SINCE)
READER = InstanceKey("key_reader", "reader", sha256("sc_live_r"), SINCE, KeyRole.READ_ONLY)

MAY: dict[Answer, tuple[bool, bool]] = {
    Answer.EVERY_KEY: (True, True),
    Answer.READ_WRITE: (True, False),
    Answer.REFUSED: (False, False),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    with open_server(tmp_path_factory.mktemp("redis"), [WRITER, READER]) as server:
        yield server


def names(server: OpenServer) -> set[str]:
    return {command.name for command in server.commands()}


def test_every_command_that_redis_has_is_answered_and_none_is_unknown(server: OpenServer) -> None:
    known, found = set(answers()), names(server)
    assert len(found) > 300
    assert found - known == set(), "decide what a key gets for it, and why, in tests/integration/redis/commands.py"
    assert known - found <= {name for group in NEWER for name in group.commands}


def test_redis_documents_no_command_that_is_not_answered(server: OpenServer) -> None:
    documented = {str(name).lower() for name in server.ask("COMMAND", "DOCS")[::2]}
    assert documented == {name.partition("|")[0] for name in names(server)}
    assert {str(name).lower() for name in server.ask("COMMAND", "LIST")} == documented | names(server)


def test_a_key_gets_the_answer_that_is_promised(server: OpenServer) -> None:
    promised = {name: MAY[answer] for name, answer in answers().items()}
    given = {
        command.name: (server.allows(WRITER.id, *command.words), server.allows(READER.id, *command.words))
        for command in server.commands()
    }
    assert given == {name: promised[name] for name in given}


def test_what_blocks_is_known_to_block_its_own_connection_alone(server: OpenServer) -> None:
    blocking = {command.name for command in server.commands() if "blocking" in command.flags}
    assert blocking | {"wait"} == waiting() & names(server)


def test_the_page_has_the_table_that_the_server_makes(server: OpenServer) -> None:
    assert table(names(server)) in PAGE.read_text(), "paste the table into docs/commands.md"


def test_a_script_debugger_is_refused_before_it_holds_anybody_up(server: OpenServer) -> None:
    for mode in ("SYNC", "YES"):
        with server.as_user(WRITER.id, PLAIN) as client, pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command("SCRIPT", "DEBUG", mode)


def test_redis_ends_if_a_write_that_waits_is_unblocked(tmp_path: Path) -> None:
    """Why nobody may: writes wait while a task takes over. If this fails, the engine has mended it."""
    with open_server(tmp_path, [WRITER]) as doomed:
        doomed.client.client_pause(20_000, all=False)
        with socket.socket(socket.AF_UNIX) as waiting_writer:
            waiting_writer.connect(doomed.socket)
            waiting_writer.sendall(b"CLIENT ID\r\nSET k v\r\n")
            number = waiting_writer.recv(100).decode().strip().removeprefix(":")
            with pytest.raises(redis.ConnectionError):
                doomed.ask("CLIENT", "UNBLOCK", number)


def test_what_was_dumped_is_restored_and_databases_are_swapped(server: OpenServer) -> None:
    with server.as_user(WRITER.id, PLAIN) as client:
        client.rpush("list", "a", "b")
    with redis.Redis(unix_socket_path=server.socket, username=WRITER.id, password=PLAIN) as client:
        client.restore("copy", 0, client.dump("list"))
        assert client.lrange("copy", 0, -1) == [b"a", b"b"]
        client.swapdb(0, 1)
        assert client.dbsize() == 0
        client.swapdb(0, 1)
        assert client.dbsize() == 2


def test_a_payload_that_would_harm_redis_is_not_restored(server: OpenServer) -> None:
    with redis.Redis(unix_socket_path=server.socket, username=WRITER.id, password=PLAIN) as client:
        client.rpush("victim", *"abc")
        dumped = bytearray(client.dump("victim"))
        dumped[3] ^= 0xFF
        with pytest.raises(redis.ResponseError):
            client.restore("broken", 0, bytes(dumped))
        assert client.ping()


def test_a_key_is_told_who_it_is(server: OpenServer) -> None:
    with server.as_user(WRITER.id, PLAIN) as client:
        assert client.acl_whoami() == WRITER.id


def test_a_reader_hears_of_the_cluster_what_a_writer_hears(server: OpenServer) -> None:
    server.ask("ACL", "SETUSER", READER.id, f">{PLAIN}r")
    told = []
    for user, password in ((WRITER.id, PLAIN), (READER.id, f"{PLAIN}r")):
        with server.as_user(user, password) as client, pytest.raises(redis.ResponseError) as caught:
            client.execute_command("CLUSTER", "INFO")
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert "cluster support disabled" in told[0]
