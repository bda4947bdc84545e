"""The life of one instance: created, used as its owner uses it, deleted, gone."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.e2e.api import Api, Created
from tests.e2e.documented import need
from tests.e2e.leftovers import NothingLeft, left_of
from tests.e2e.stack import Stack


@dataclass(frozen=True)
class Running:
    created: Created
    instance: dict[str, Any]


@pytest.fixture(scope="module")
def running(api: Api) -> Iterator[Running]:
    created = api.create()
    yield Running(created, api.wait(created.id))
    api.delete(created.id)


def test_an_instance_starts_provisioning_and_has_no_hostname_yet(running: Running) -> None:
    instance = running.created.body["instance"]
    assert (instance["status"], instance["hostname"], instance["connection"]) == ("PROVISIONING", None, None)


def test_an_instance_says_how_to_connect_once_it_is_running(running: Running) -> None:
    instance = running.instance
    label = running.created.id.removeprefix("inst_")
    assert instance["hostname"] == f"{label}.redis.swiftcache.test"
    assert instance["connection"] == {
        "host": instance["hostname"],
        "port": instance["port"],
        "tls": True,
        "urlTemplate": f"rediss://default:{{key}}@{instance['hostname']}:{instance['port']}",
    }


def test_a_key_sets_and_gets_by_hostname_over_verified_tls(stack: Stack, running: Running) -> None:
    with stack.redis(running.instance, running.created.key) as client:
        client.set("greeting", "hello")
        assert client.get("greeting") == "hello"


def test_a_url_opens_an_instance(stack: Stack, running: Running) -> None:
    url = running.instance["connection"]["urlTemplate"].replace("{key}", running.created.key)
    with stack.names.in_use(), redis.Redis.from_url(url, ssl_ca_certs=stack.facts["caFile"]) as client:
        assert client.ping()


def test_the_same_url_opens_it_in_redis_cli(stack: Stack, running: Running) -> None:
    need("redis-cli")
    # redis-cli asks the system's resolver, which knows no name of the local stack.
    host = running.instance["hostname"]
    [address] = stack.names.resolve(host)
    template = running.instance["connection"]["urlTemplate"]
    url = template.replace("{key}", running.created.key).replace(host, address)
    command = ["redis-cli", "--no-auth-warning", "-u", url, "--sni", host, "--cacert", stack.facts["caFile"], "PING"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("PONG\n", "")


def test_the_name_of_an_instance_resolves_over_udp_and_tcp(stack: Stack, running: Running) -> None:
    [address] = stack.names.resolve(running.instance["hostname"])
    assert stack.names.resolve(running.instance["hostname"], over_tcp=True) == [address]


def test_no_other_name_resolves(stack: Stack, running: Running) -> None:
    assert stack.names.resolve(f"x{running.instance['hostname']}") == []


@pytest.mark.parametrize("key", ["sc_live_00000000000000000000000000000000", None])
def test_a_wrong_key_and_no_key_are_refused(stack: Stack, running: Running, key: str | None) -> None:
    with stack.redis(running.instance, key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_the_key_of_another_instance_is_refused(stack: Stack, api: Api, running: Running) -> None:
    other = api.create()
    with stack.redis(running.instance, other.key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    api.delete(other.id)


def test_plain_tcp_is_refused(stack: Stack, running: Running) -> None:
    host, port = running.instance["hostname"], running.instance["port"]
    with (
        stack.names.in_use(),
        redis.Redis(host=host, port=port, password=running.created.key, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.ConnectionError),
    ):
        client.ping()


def test_a_client_that_asks_for_another_name_refuses_the_certificate(stack: Stack, running: Running) -> None:
    [address] = stack.names.resolve(running.instance["hostname"])
    with (
        stack.redis(running.instance, running.created.key, host=address) as client,
        pytest.raises(redis.ConnectionError, match="certificate is not valid for"),
    ):
        client.ping()


def test_a_client_that_does_not_know_the_authority_refuses_the_certificate(stack: Stack, running: Running) -> None:
    public = ssl.get_default_verify_paths().cafile
    with (
        stack.redis(running.instance, running.created.key, ssl_ca_certs=public) as client,
        pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.ping()


def test_delete_answers_as_the_guide_shows(api: Api) -> None:
    created = api.create()
    api.wait(created.id)
    answer = api.delete(created.id)
    assert answer.status_code == 202
    assert answer.json() == {
        "message": "Instance deletion initiated",
        "instance": {"id": created.id, "status": "DELETING"},
    }


def test_everything_that_is_there_while_it_runs_is_gone_within_5_seconds(
    stack: Stack, api: Api, nothing_left: NothingLeft
) -> None:
    created = api.create()
    instance = api.wait(created.id)
    kinds = {thing.partition(":")[0] for thing in left_of(stack, created.id)}
    assert kinds == {"item", "record", "secret", "task", "process"}
    api.delete(created.id)
    api.wait_gone(created.id, seconds=5)
    nothing_left(instance)


def test_a_deleted_instance_is_deleting_until_it_is_gone(stack: Stack, api: Api) -> None:
    created = api.create()
    with stack.frozen(api.wait(created.id)):
        api.delete(created.id)
        assert api.status(created.id) == "DELETING"
    assert set(api.wait_gone(created.id)) <= {"DELETING"}


def test_deleting_again_is_accepted_until_it_is_gone(stack: Stack, api: Api) -> None:
    created = api.create()
    with stack.frozen(api.wait(created.id)):
        assert [api.delete(created.id).status_code for _ in range(2)] == [202, 202]
    api.wait_gone(created.id)
    assert api.delete(created.id).status_code == 404


def test_a_deleted_instance_is_not_listed(api: Api) -> None:
    created = api.create()
    assert created.id in [instance["id"] for instance in api.instances()]
    api.delete(created.id)
    api.wait_gone(created.id)
    assert created.id not in [instance["id"] for instance in api.instances()]
