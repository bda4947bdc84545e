"""Connecting to an address while verifying a name, with a real Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from swiftcache.instances.model import Endpoint
from swiftcache.redis.connection import connect
from tests.integration.redis.redis_task import Server, start, stop


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
