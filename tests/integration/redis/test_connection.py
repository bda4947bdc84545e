"""Connecting to an address while verifying a name, with a real Redis."""

import select
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from swiftcache.instances.model import Endpoint
from swiftcache.redis.connection import connect
from tests.integration.redis.redis_task import Server, start, stop

SECONDS = 10


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server, process = start(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    yield server
    stop(process)


def test_a_connection_goes_to_the_address_and_verifies_the_name(server: Server) -> None:
    with connect(Endpoint("127.0.0.1", server.port), "localhost", server.control_password) as client:
        assert client.ping()


def test_a_certificate_for_another_name_is_refused(server: Server) -> None:
    with (
        connect(Endpoint("127.0.0.1", server.port), "other.example.com", server.control_password) as client,
        pytest.raises(redis.ConnectionError, match="certificate"),
    ):
        client.ping()


def test_what_is_reset_before_the_handshake_leaves_no_socket_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is open fails the test: it is warned of when it is collected."""
    begin = socket.create_connection

    def slow(*where: Any) -> socket.socket:
        made = begin(*where)
        select.select([made], [], [], SECONDS)  # until its reset has come
        return made

    with socket.create_server(("127.0.0.1", 0)) as listening:
        resetting = threading.Thread(target=reset_one, args=(listening,))
        resetting.start()
        monkeypatch.setattr(socket, "create_connection", slow)
        endpoint = Endpoint("127.0.0.1", listening.getsockname()[1])
        with connect(endpoint, "localhost", "password") as client, pytest.raises(redis.ConnectionError):
            client.ping()
        resetting.join()


def reset_one(listening: socket.socket) -> None:
    accepted, _ = listening.accept()
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()
