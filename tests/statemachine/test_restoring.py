"""Instances that are made from a backup: RUNNING with all its keys, or ERROR with nothing left."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis

from swiftcache.backups.model import Backup
from swiftcache.backups.wiring import backups, object_store
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB
from swiftcache.platform.tokens import sha256
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.wiring import credentials
from swiftcache.timeline.wiring import timeline_service
from tests.rdb_files import FUNCTION, Contents, RdbFile, contents, fill, redis_server
from tests.statemachine.cloud import Cloud, fails, loses_reply, wait_for
from tests.statemachine.paths import FROM_A_BACKUP
from tests.statemachine.recoveries import Mortal
from tests.statemachine.restored import forget, opened, restore, store

KEYS = int(os.environ.get("RESTORED_KEYS", "2000"))
"""A million take some minutes, and an instance of 1 GB."""

MEMORY = int(os.environ.get("RESTORED_MIB", "64")) * MIB


@dataclass(frozen=True)
class Written:
    """What was written, and as it was then: each key with its value and its end."""

    file: RdbFile
    contents: Contents


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as client:
        fill(client, KEYS)
        found = contents(client)
        client.save()
        return Written(RdbFile((folder / "dump.rdb").read_bytes(), len(found)), found)


@pytest.fixture
def backup(cloud: Cloud, written: Written) -> Iterator[Backup]:
    made = available(cloud, "bkp_restored", written.file)
    yield made
    forget(cloud, made.id)


def available(cloud: Cloud, backup_id: str, file: RdbFile, **different: Any) -> Backup:
    return store(cloud, backup_id, file.content, file.keys, **different)


def delete(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE", seconds=40)
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def running(cloud: Cloud, instance_id: str) -> Instance:
    found = cloud.wait(instance_id, "RUNNING", "ERROR", seconds=60)
    assert found
    assert (found.status, found.failure) == ("RUNNING", None)
    return found


def failed(cloud: Cloud, instance_id: str) -> str:
    """The error's code."""
    found = cloud.wait(instance_id, "RUNNING", "ERROR", seconds=60)
    assert found
    assert found.failure, "it must not run"
    cloud.quiet()
    assert cloud.left(instance_id) == {}, "nothing is left of it"
    return found.failure.code


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "on a volume"])
def test_it_runs_with_every_key_as_it_was(cloud: Cloud, written: Written, backup: Backup, persistence: bool) -> None:
    created = restore(cloud, backup, max_memory=MEMORY, persistence=persistence)

    instance = running(cloud, created.instance.id)

    with opened(cloud, instance, created.plain_key) as client:
        assert contents(client) == written.contents
        assert client.fcall("answer", 0) == 42
        assert client.function_list(withcode=True)[0][-1].decode() == FUNCTION
        [group] = client.xinfo_groups(b"key:\x00\xff:7")
        assert (group["name"], group["pending"]) == (b"group", 1)
    assert instance.restore
    assert instance.restore.backup_id == backup.id
    assert "CheckRestored" in steps_of(cloud, instance.id)
    delete(cloud, instance.id)


def steps_of(cloud: Cloud, instance_id: str) -> list[str]:
    told = timeline_service(cloud.injector).timeline(cloud.caller, instance_id)
    return [step.name for operation in told.operations for step in operation.steps]


def test_from_then_on_nothing_of_it_leads_to_the_backup(cloud: Cloud, backup: Backup) -> None:
    created = restore(cloud, backup, max_memory=MEMORY)
    assert not created.instance.shared_definition
    running(cloud, created.instance.id)
    assert credentials(cloud.injector).stored(created.instance.id).restore_link == NO_RESTORE
    delete(cloud, created.instance.id)


def test_a_link_stands_in_no_execution(cloud: Cloud, backup: Backup) -> None:
    created = restore(cloud, backup, max_memory=MEMORY)
    running(cloud, created.instance.id)
    client = cloud.client("stepfunctions")
    for machine in client.list_state_machines()["stateMachines"]:
        for execution in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            if created.instance.id in execution["name"]:
                told = str(client.get_execution_history(executionArn=execution["executionArn"]))
                assert "X-Amz" not in told
                assert backup.object_key not in told
    delete(cloud, created.instance.id)


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "on a volume"])
def test_a_recovery_never_fetches_again(cloud: Cloud, backup: Backup, persistence: bool) -> None:
    """What was written since is older than nothing: without a volume it begins empty, as ever."""
    created = restore(cloud, backup, max_memory=MEMORY, persistence=persistence)
    instance = running(cloud, created.instance.id)
    with opened(cloud, instance, created.plain_key) as client:
        client.set("since", 1)
    wait_for(lambda: written_down(cloud, instance))
    object_store(cloud.injector).erase(backup.object_key)

    mortal = Mortal(cloud, instance.id, "")
    mortal.kill()
    mortal.recovered()

    after = running(cloud, instance.id)
    with opened(cloud, after, created.plain_key) as client:
        keys: Any = client.dbsize()
        assert keys == (len_of(backup) + 1 if persistence else 0)
    delete(cloud, instance.id)


def len_of(backup: Backup) -> int:
    assert backup.content
    assert backup.content.keys
    return backup.content.keys


def written_down(cloud: Cloud, instance: Instance) -> bool:
    """Whether what was written a moment ago is in the file; always so without a volume."""
    files = list(cloud.volume(instance.id).glob("*/appendonlydir/*.incr.aof"))
    return not instance.persistence or any(b"since" in file.read_bytes() for file in files)


def test_a_resize_keeps_the_data_and_fetches_nothing(cloud: Cloud, written: Written, backup: Backup) -> None:
    created = restore(cloud, backup, max_memory=MEMORY)
    running(cloud, created.instance.id)
    object_store(cloud.injector).erase(backup.object_key)
    cloud.ask_for_resize(created.instance.id, 8 * MEMORY)
    wait_for(lambda: not cloud.changing(created.instance.id), 60)
    instance = running(cloud, created.instance.id)
    assert instance.max_memory == 8 * MEMORY
    with opened(cloud, instance, created.plain_key) as client:
        assert contents(client) == written.contents
    delete(cloud, created.instance.id)


def test_old_keys_open_it_only_if_that_was_asked_for(cloud: Cloud, written: Written) -> None:
    old = InstanceKey("key_old", "the program's", sha256("sc_live_old"), "2026-01-01T00:00:00Z")
    made = available(cloud, "bkp_keys", written.file)
    assert made.source
    with_key = replace(made, source=replace(made.source, keys=(old,)), revision=made.revision + 1)
    backups(cloud.injector).change(made, with_key, None)
    for keys in (False, True):
        created = restore(cloud, with_key, keys=keys, max_memory=MEMORY)
        instance = running(cloud, created.instance.id)
        assert [key.name for key in instance.keys] == ["restored-default", *(["the program's"] if keys else [])] or keys
        assert "key_old" not in {key.id for key in instance.keys}
        with opened(cloud, instance, "sc_live_old") as client:
            if keys:
                assert client.ping()
            else:
                with pytest.raises(redis.AuthenticationError):
                    client.ping()
        delete(cloud, instance.id)
    forget(cloud, made.id)


def test_what_does_not_fit_does_not_run(cloud: Cloud, tmp_path: Path) -> None:
    def fill_much(client: Any) -> None:
        for number in range(300):
            client.set(f"key:{number}", os.urandom(100_000))

    with redis_server(tmp_path) as client:
        fill_much(client)
        client.save()
    made = available(cloud, "bkp_large", RdbFile((tmp_path / "dump.rdb").read_bytes(), 300))
    for policy in (EvictionPolicy.ALLKEYS_LRU, EvictionPolicy.NOEVICTION):
        created = restore(cloud, made, max_memory=20 * MIB, eviction_policy=policy)
        assert failed(cloud, created.instance.id) == "RESTORE_INCOMPLETE"
        delete(cloud, created.instance.id)
    forget(cloud, made.id)


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "on a volume"])
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("a flipped byte", "RESTORE_FAILED"),
        ("another file", "RESTORE_FAILED"),
        ("one key more in the record", "RESTORE_INCOMPLETE"),
        ("gone", "RESTORE_FAILED"),
    ],
)
def test_what_is_not_whole_does_not_run_and_leaves_nothing(
    cloud: Cloud, written: Written, spoil: str, code: str, persistence: bool
) -> None:
    file = written.file
    match spoil:
        case "a flipped byte":
            made = available(cloud, "bkp_spoiled", RdbFile(flipped(file.content), file.keys))
        case "another file":
            made = available(cloud, "bkp_spoiled", file, sha256="0" * 64)
        case "one key more in the record":
            made = available(cloud, "bkp_spoiled", RdbFile(file.content, file.keys + 1))
        case _:
            made = available(cloud, "bkp_spoiled", file)
            object_store(cloud.injector).erase(made.object_key)
    created = restore(cloud, made, max_memory=MEMORY, persistence=persistence)
    assert failed(cloud, created.instance.id) == code
    delete(cloud, created.instance.id)
    forget(cloud, made.id)


@pytest.mark.parametrize(
    "state", ["IssueCredentials", "RegisterRestoringDefinition", "StartRedisTask", "CheckRestored"]
)
def test_an_answer_that_is_lost_changes_nothing(cloud: Cloud, backup: Backup, state: str) -> None:
    cloud.faults.plan(state, loses_reply)
    created = restore(cloud, backup, max_memory=MEMORY)
    running(cloud, created.instance.id)
    assert cloud.faults.happened == [state]
    delete(cloud, created.instance.id)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("RegisterRestoringDefinition", "Ecs.InvalidParameterException"),
        ("CheckRestored", "RestoreIncomplete"),
        ("CheckRestored", "Lambda.Unknown"),
    ],
)
def test_a_call_that_fails_for_good_leaves_nothing(cloud: Cloud, backup: Backup, state: str, error: str) -> None:
    cloud.faults.plan(state, fails(error))
    created = restore(cloud, backup, max_memory=MEMORY)
    failed(cloud, created.instance.id)
    delete(cloud, created.instance.id)


def test_one_that_still_loads_is_waited_for(cloud: Cloud, backup: Backup) -> None:
    cloud.faults.plan("CheckRestored", lambda _: {"Payload": {"done": False}}, lambda _: {"Payload": {"done": False}})
    created = restore(cloud, backup, max_memory=MEMORY)
    running(cloud, created.instance.id)
    delete(cloud, created.instance.id)


def test_one_that_loads_for_ever_does_not_run(cloud: Cloud, backup: Backup) -> None:
    cloud.faults.plan("CheckRestored", *[lambda _: {"Payload": {"done": False}}] * 1_000)
    created = restore(cloud, backup, max_memory=MEMORY)
    assert failed(cloud, created.instance.id) == "RESTORE_TIMED_OUT"
    delete(cloud, created.instance.id)


@pytest.mark.parametrize("state", FROM_A_BACKUP)
def test_one_that_is_deleted_meanwhile_goes(cloud: Cloud, backup: Backup, state: str) -> None:
    def deleted(answer: Any) -> object:
        cloud.delete(cloud.only())  # the machine may be here before `restore` has answered
        return answer()

    cloud.faults.plan(state, deleted)
    created = restore(cloud, backup, max_memory=MEMORY)
    cloud.wait(created.instance.id, "GONE", seconds=40)
    cloud.quiet()
    assert cloud.left(created.instance.id) == {}
