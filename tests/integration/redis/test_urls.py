"""The URLs that the API shows, in clients that read them each in its own way, against a real Redis with TLS."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
import redis

from swiftcache.configuration.contract import CreateKeyResponse
from swiftcache.configuration.key_service import CreatedKey
from swiftcache.instances.contract import InstanceBody
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.tokens import sha256
from tests.integration.redis.redis_task import Server, start, stop
from tests.samples import AT, an_instance


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, process = start(tmp_path_factory.mktemp("redis"))
    yield server
    stop(process)


def instance_at(server: Server) -> Instance:
    return an_instance(status=Status.RUNNING, hostname="127.0.0.1", port=server.port)


def shown_by_the_instance(server: Server) -> str:
    connection = InstanceBody.of(instance_at(server)).connection
    assert connection
    return connection.url_template


def shown_with_a_new_key(server: Server) -> str:
    key = InstanceKey("key_1", "first", sha256(server.key), AT)
    return CreateKeyResponse.of(CreatedKey(instance_at(server), key, server.key, True)).created_key.url_template


@pytest.mark.parametrize("shown", [shown_by_the_instance, shown_with_a_new_key])
def test_redis_cli_takes_the_url_that_the_api_shows(server: Server, shown: Callable[[Server], str]) -> None:
    url = shown(server).replace("{key}", server.key)
    command = ["redis-cli", "--no-auth-warning", "-u", url, "--cacert", str(server.ca), "SET", "greeting", "hello"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("OK\n", "", 0)


@pytest.mark.parametrize("shown", [shown_by_the_instance, shown_with_a_new_key])
def test_redis_py_takes_the_url_that_the_api_shows(server: Server, shown: Callable[[Server], str]) -> None:
    url = shown(server).replace("{key}", server.key)
    with redis.Redis.from_url(url, ssl_ca_certs=str(server.ca)) as client:
        assert client.ping()


@pytest.mark.parametrize("user", ["", "default", "key_1"])
def test_a_key_signs_in_without_a_name_as_the_default_user_and_as_itself(server: Server, user: str) -> None:
    url = f"rediss://{user}:{server.key}@127.0.0.1:{server.port}"
    with redis.Redis.from_url(url, ssl_ca_certs=str(server.ca)) as client:
        [ours] = client.client_list()
        assert ours["user"] == (user or "default")


def test_a_name_that_is_nobodys_is_refused(server: Server) -> None:
    url = f"rediss://somebody:{server.key}@127.0.0.1:{server.port}"
    with (
        redis.Redis.from_url(url, ssl_ca_certs=str(server.ca)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
