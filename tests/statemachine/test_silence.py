"""A Redis that answers nobody is told to its owner and replaced, whatever holds it up."""

import os
import signal
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.contract import InstanceBody
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.aws import clock
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.recoveries import Mortal, delete, new_instance, process_of

MINUTE = 61

NEVER_ENDS = "redis.call('SET', 'a', 'b') while true do end"
READS_FOR_EVER = "while true do redis.call('GET', 'a') end"


def collect(mortal: Mortal, *, later: int = 0) -> None:
    """A pass of the metrics, as each minute has one; so many seconds `later`."""
    cloud = mortal.cloud
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cloud.injector.given, clock, lambda: datetime.now(UTC) + timedelta(seconds=later))
        cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})


def freeze(mortal: Mortal) -> None:
    os.kill(process_of(mortal.cloud, mortal.serving), signal.SIGSTOP)


def thaw(mortal: Mortal) -> None:
    os.kill(process_of(mortal.cloud, mortal.serving), signal.SIGCONT)


def run_script(mortal: Mortal, script: str) -> None:
    """A client that has a script run, and hangs up; everybody else hears BUSY."""
    instance = mortal.instance
    assert instance.hostname
    assert instance.port
    client: redis.Redis = redis.Redis(
        host=instance.hostname,
        port=instance.port,
        password=mortal.key,
        ssl=True,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
    )
    with client, suppress(redis.TimeoutError):
        client.eval(script, 0)
    wait_for(lambda: not answers(mortal))


def answers(mortal: Mortal) -> bool:
    try:
        return mortal.ping()
    except redis.ResponseError:
        return False


def shown(mortal: Mortal) -> InstanceBody:
    return InstanceBody.of(mortal.instance)


@pytest.fixture
def soon_busy(mortal: Mortal) -> Mortal:
    """Its Redis says BUSY after 50 milliseconds of a script, and not after five seconds."""
    with mortal.cloud.redis(mortal.id) as control:
        control.config_set("busy-reply-threshold", 50)
    return mortal


def test_a_redis_that_is_frozen_is_told_and_replaced(mortal: Mortal) -> None:
    lost = mortal.serving
    freeze(mortal)
    collect(mortal)
    since = shown(mortal).not_answering_since
    assert since
    assert (mortal.instance.recovery, mortal.actions()[-1]) == (None, "instance.key.created")
    collect(mortal, later=MINUTE)
    found = mortal.recovered()
    assert (found.cause, found.deaths) == (Cause.NOT_ANSWERING, 1)
    assert mortal.serving != lost
    mortal.assert_whole()
    told = [action for action in mortal.actions() if "answering" in action or "recover" in action]
    assert sorted(told) == ["instance.not_answering", "instance.recovered", "instance.recovering"]
    collect(mortal)
    assert (shown(mortal).not_answering_since, mortal.instance.silence) == (None, None)


def test_a_redis_that_is_silent_for_less_than_a_minute_is_left_alone(mortal: Mortal) -> None:
    freeze(mortal)
    for later in (0, 20, 40):
        collect(mortal, later=later)
    assert (mortal.instance.recovery, mortal.actions()[-1]) == (None, "instance.key.created")
    thaw(mortal)


def test_a_redis_that_was_silent_once_is_left_alone(mortal: Mortal) -> None:
    serving = mortal.serving
    for _ in range(2):
        freeze(mortal)
        collect(mortal)
        thaw(mortal)
        collect(mortal, later=MINUTE)
        assert mortal.instance.silence is None
    assert (mortal.serving, mortal.instance.recovery) == (serving, None)
    assert not [action for action in mortal.actions() if "answering" in action]


def test_a_script_that_has_written_and_does_not_end_ends_with_its_redis(soon_busy: Mortal) -> None:
    run_script(soon_busy, NEVER_ENDS)
    collect(soon_busy)
    assert shown(soon_busy).not_answering_since
    collect(soon_busy, later=MINUTE)
    assert soon_busy.recovered().cause is Cause.NOT_ANSWERING
    soon_busy.assert_whole()


def test_a_script_that_only_reads_and_does_not_end_is_ended_and_the_data_stay(soon_busy: Mortal) -> None:
    serving = soon_busy.serving
    run_script(soon_busy, READS_FOR_EVER)
    collect(soon_busy)
    collect(soon_busy, later=MINUTE)
    assert answers(soon_busy)
    assert (soon_busy.serving, soon_busy.instance.recovery, soon_busy.instance.silence) == (serving, None, None)


def test_a_change_that_was_asked_for_meanwhile_is_made_in_the_new_task(mortal: Mortal) -> None:
    cloud = mortal.cloud
    freeze(mortal)
    collect(mortal)
    change_service(cloud.injector).change(cloud.caller, mortal.id, ChangeRequest(max_memory=20 * MIB))
    collect(mortal, later=MINUTE)
    mortal.recovered()
    mortal.assert_whole()
    wait_for(lambda: not mortal.instance.changing)
    assert mortal.instance.max_memory == 20 * MIB


def test_an_instance_with_persistence_keeps_its_data(cloud: Cloud) -> None:
    kept = new_instance(cloud, persistence=True)
    with cloud.redis(kept.id) as control:
        control.set("swiftcache:verify:kept", "1")
    time.sleep(1.5)
    freeze(kept)
    collect(kept)
    collect(kept, later=MINUTE)
    assert kept.recovered().cause is Cause.NOT_ANSWERING
    with cloud.redis(kept.id) as control:
        assert control.get("swiftcache:verify:kept") == "1"
    delete(kept)


def test_a_redis_with_too_many_connections_answers_those_and_is_not_replaced(mortal: Mortal) -> None:
    with mortal.cloud.redis(mortal.id) as control:
        control.config_set("maxclients", 5)
        instance = mortal.instance
        assert instance.endpoint
        held = [socket.create_connection((instance.endpoint.address, instance.endpoint.port)) for _ in range(10)]
        for later in (0, MINUTE, 2 * MINUTE):
            collect(mortal, later=later)
            assert mortal.instance.silence is None
        for client in held:
            client.close()
        control.config_set("maxclients", 1000)
    assert mortal.instance.status is Status.RUNNING
