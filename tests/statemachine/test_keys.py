"""Instance keys of a running instance: everything real but AWS, and any call may fail."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.configuration.key_service import CreatedKey
from swiftcache.configuration.model import needs_configuration
from swiftcache.configuration.redis import RedisServerControl
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.configuration.wiring import configure_trigger, key_service
from swiftcache.instances.key import KeyRole
from swiftcache.platform.aws import now
from swiftcache.redis.credentials import SecretsManagerCredentials
from tests.statemachine.cloud import Cloud, wait_for


@pytest.fixture
def instance_id(cloud: Cloud) -> Iterator[str]:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    yield instance_id
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def client(cloud: Cloud, instance_id: str, username: str | None, key: str, **different: Any) -> "redis.Redis":
    instance = cloud.find(instance_id)
    assert instance is not None
    assert instance.hostname is not None
    assert instance.port is not None
    return redis.Redis(
        host=instance.hostname,
        port=instance.port,
        username=username,
        password=key,
        ssl=True,
        **{"retry": Retry(NoBackoff(), 0), **different},
    )


def create(cloud: Cloud, instance_id: str, role: KeyRole = KeyRole.READ_WRITE) -> CreatedKey:
    return key_service(cloud.injector).create(cloud.caller, instance_id, None, role)


def is_refused(cloud: Cloud, instance_id: str, key: CreatedKey) -> bool:
    for username in (None, key.key.id):
        with client(cloud, instance_id, username, key.plain_key) as attempt:
            try:
                attempt.ping()
            except redis.AuthenticationError:
                continue
            except redis.ConnectionError:
                return False  # it was taken, and is closed in this moment
            return False
    return True


def works(cloud: Cloud, instance_id: str, key: CreatedKey) -> bool:
    with client(cloud, instance_id, key.key.id, key.plain_key) as attempt:
        try:
            return bool(attempt.ping())
        except redis.AuthenticationError:
            return False


def settled(cloud: Cloud, instance_id: str) -> bool:
    instance = cloud.find(instance_id)
    assert instance is not None
    return not needs_configuration(instance, now(cloud.injector)()) and not instance.configuration_runs


def acl(cloud: Cloud, instance_id: str) -> str:
    """The ACL file that the next task starts with."""
    answer = cloud.client("secretsmanager").get_secret_value(SecretId=f"swiftcache/instances/{instance_id}")
    return str(json.loads(answer["SecretString"])["acl"])


def test_a_key_works_when_it_is_shown_and_is_refused_when_it_is_revoked(cloud: Cloud, instance_id: str) -> None:
    key = create(cloud, instance_id)
    assert key.applied
    assert works(cloud, instance_id, key)
    assert key_service(cloud.injector).revoke(cloud.caller, instance_id, key.key.id)
    assert is_refused(cloud, instance_id, key)


def test_a_new_and_a_revoked_key_take_effect_although_the_api_could_not_configure(
    cloud: Cloud, instance_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(configure_trigger(cloud.injector)), "configure", lambda *_: False)
    key = create(cloud, instance_id)
    assert not key.applied
    wait_for(lambda: works(cloud, instance_id, key), seconds=2)
    key_service(cloud.injector).revoke(cloud.caller, instance_id, key.key.id)
    wait_for(lambda: is_refused(cloud, instance_id, key), seconds=2)
    wait_for(lambda: settled(cloud, instance_id))


Step = Callable[..., Any]


def dies_before(_: Step) -> Step:
    def step(*_: Any) -> Any:
        raise MemoryError

    return step


def dies_after(call: Step) -> Step:
    def step(*arguments: Any) -> Any:
        call(*arguments)
        raise MemoryError

    return step


@pytest.mark.parametrize("dies", [dies_before, dies_after])
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (DynamoDBConfigurationStore, "begin_run"),
        (SecretsManagerCredentials, "rewrite"),
        (RedisServerControl, "apply"),
        (DynamoDBConfigurationStore, "end_run"),
    ],
)
def test_a_change_comes_true_although_control_redis_dies(
    cloud: Cloud,
    instance_id: str,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    step: str,
    dies: Callable[[Step], Step],
) -> None:
    leaving, staying = create(cloud, instance_id), create(cloud, instance_id)
    call = getattr(owner, step)
    calls = iter([dies(call), dies(call)])
    monkeypatch.setattr(owner, step, lambda *arguments: next(calls, call)(*arguments))
    key_service(cloud.injector).revoke(cloud.caller, instance_id, leaving.key.id)
    wait_for(lambda: is_refused(cloud, instance_id, leaving))
    wait_for(lambda: leaving.key.sha256 not in acl(cloud, instance_id))
    assert works(cloud, instance_id, staying)
    assert list(calls) == [], "it has died twice"
