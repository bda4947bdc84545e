"""Verifying a Redis, as the workflow does it, through a name and with TLS verified for it."""

from collections.abc import Iterator

import pytest

from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import VerificationFailed
from swiftcache.redis.acl import CONTROL_USER
from swiftcache.redis.probe import RedisProbe
from swiftcache.redis.reach import from_inside
from tests.integration.redis.redis_task import Server, free_port, start, stop
from tests.integration.redis.writers import Name


@pytest.fixture(scope="module", params=[False, True], ids=["own definition", "shared definition"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, process = start(tmp_path_factory.mktemp("redis"), shared=request.param)
    yield server
    stop(process)


@pytest.fixture(autouse=True)
def trust(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))


def here(port: int) -> Endpoint:
    return Endpoint("127.0.0.1", port)


def test_a_good_instance_passes_and_keeps_nothing(server: Server) -> None:
    RedisProbe().verify("localhost", here(server.port), server.control_password)
    with server.connect() as client:
        assert not client.keys("*")


def test_a_redis_that_is_full_and_may_not_evict_answers_as_it_must(server: Server) -> None:
    with server.connect(username=CONTROL_USER, password=server.control_password) as client:
        settings = client.info("memory")
        client.config_set("maxmemory-policy", "noeviction", "maxmemory", 1)
        RedisProbe(deadline=0.1).verify("localhost", here(server.port), server.control_password)
        client.config_set("maxmemory", settings["maxmemory"], "maxmemory-policy", settings["maxmemory_policy"])


def test_a_wrong_password_fails(server: Server) -> None:
    with pytest.raises(VerificationFailed, match="AuthenticationError"):
        RedisProbe(deadline=0.1).verify("localhost", here(server.port), "wrong")


def test_a_name_that_the_certificate_lacks_fails(server: Server) -> None:
    with pytest.raises(VerificationFailed):
        RedisProbe(deadline=0.1).verify("127.0.0.2", Endpoint("127.0.0.2", server.port), server.control_password)


def test_a_name_that_leads_to_another_address_fails(server: Server) -> None:
    with pytest.raises(VerificationFailed, match="NameLeadsElsewhere"):
        RedisProbe(deadline=0.1).verify("localhost", Endpoint("127.0.0.3", server.port), server.control_password)


def test_from_inside_the_name_leads_to_the_public_address_and_the_private_one_is_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    Name("localhost", monkeypatch).addresses.append("127.0.0.3")
    both = Endpoint("127.0.0.3", server.port, private_address="127.0.0.1")
    RedisProbe(from_inside).verify("localhost", both, server.control_password)


def test_a_closed_port_fails(server: Server) -> None:
    with pytest.raises(VerificationFailed, match="ConnectionError"):
        RedisProbe(deadline=0.1).verify("localhost", here(free_port()), server.control_password)


def test_the_failure_shows_no_secret(server: Server) -> None:
    with pytest.raises(VerificationFailed) as failed:
        RedisProbe(deadline=0.1).verify("localhost", here(server.port), "marked-secret")
    assert "marked-secret" not in repr(failed.value)
    assert failed.value.__cause__ is None
