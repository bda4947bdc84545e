"""A task without a volume dies, and the next begins with the latest backup: with all of it, or with nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from swiftcache.backups.model import Backup
from swiftcache.backups.wiring import backups, object_store
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.model import NewInstance
from swiftcache.instances.recovery_state import MOST_LOADS, Recovery, StartedEmpty
from swiftcache.instances.sizes import MIB, MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.model import AuditFilter
from swiftcache.organizations.wiring import audit_service
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.wiring import credentials
from swiftcache.timeline.wiring import timeline_service
from tests.foreign_rdbs import flipped
from tests.rdb_files import RdbFile, fill, redis_server
from tests.samples import an_instance
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply, wait_for
from tests.statemachine.paths import RECOVERED_FROM_A_BACKUP, no_event, still_pending
from tests.statemachine.recoveries import Mortal, assert_gone, delete, start_another
from tests.statemachine.resizes import Resized
from tests.statemachine.restored import forget, opened, store
from tests.statemachine.task_definitions import describe

KEYS = 100


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> RdbFile:
    folder = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as client:
        fill(client, KEYS)
        client.save()
        size: Any = client.dbsize()
        return RdbFile((folder / "dump.rdb").read_bytes(), size)


@pytest.fixture
def mortal(cloud: Cloud) -> Mortal:
    """Its owner wants its latest backup; there is none yet."""
    new = NewInstance(cloud.caller.organization_id, "cached", MIN_MEMORY, "eu-central", recover_from_backup=True)
    created = instance_service(cloud.injector).create(cloud.caller, new)
    cloud.wait(created.instance.id, "RUNNING")
    cloud.quiet()
    return Mortal(cloud, created.instance.id, created.plain_key)


@pytest.fixture
def backup(mortal: Mortal, file: RdbFile) -> Iterator[Backup]:
    made = back_up(mortal, file)
    yield made
    forget(mortal.cloud, made.id)


def back_up(mortal: Mortal, file: RdbFile, name: str = "bkp_latest", **different: Any) -> Backup:
    """One that is AVAILABLE, of this instance."""
    made = store(mortal.cloud, name, file.content, file.keys, **different)
    own = replace(made, instance_id=mortal.id, source=an_instance(max_memory=MIN_MEMORY), revision=made.revision + 1)
    backups(mortal.cloud.injector).change(made, own, None)
    return own


def recovered(mortal: Mortal, times: int = 1) -> Recovery:
    mortal.kill()
    return mortal.recovered(times, 60)


def keys(mortal: Mortal) -> int:
    with opened(mortal.cloud, mortal.instance, mortal.key) as client:
        found: Any = client.dbsize()
        return int(found)


def told(mortal: Mortal) -> dict[str, object]:
    """What the audit log, and so the event, tells of the end of its last recovery."""
    caller = mortal.cloud.caller
    page = audit_service(mortal.cloud.injector).page(
        caller, caller.organization_id, 100, None, AuditFilter(instance_id=mortal.id)
    )
    details = next(found.entry.details for found in page.recorded if found.entry.action == "instance.recovered")
    return {name: details[name] for name in ("backupId", "takenAt", "startedEmpty") if details.get(name) is not None}


def still_loads(_: Answer) -> object:
    return {"Payload": {"done": False}}


def link(mortal: Mortal) -> str | None:
    return credentials(mortal.cloud.injector).stored(mortal.id).restore_link


def assert_whole(mortal: Mortal) -> None:
    """It serves, and there is nothing beside it but the definitions that its deletion removes."""
    cloud, instance = mortal.cloud, mortal.instance
    assert (instance.recovering, instance.own_definitions) == (False, True)
    assert instance.endpoint
    assert mortal.tasks() == [instance.endpoint.task]
    assert cloud.addresses(mortal.id) == (instance.endpoint.address,)
    assert mortal.ping()
    wait_for(lambda: mortal.instance.applied_revision == mortal.instance.revision)
    assert cloud.left(mortal.id)["definitions"]
    assert link(mortal) == NO_RESTORE


def test_it_serves_with_every_key_of_the_backup_and_says_which_that_was(mortal: Mortal, backup: Backup) -> None:
    before = mortal.instance
    found = recovered(mortal)
    assert backup.content
    assert found.restore
    assert (found.restore.backup_id, found.restore.taken_at) == (backup.id, backup.content.taken_at)
    assert (found.started_empty, found.attempt, found.deaths) == (None, 0, 1)
    assert keys(mortal) == backup.content.keys
    assert (mortal.instance.hostname, mortal.instance.keys) == (before.hostname, before.keys)
    assert told(mortal) == {"backupId": backup.id, "takenAt": backup.content.taken_at}
    assert_whole(mortal)
    delete(mortal)


def test_the_owner_sees_its_steps(mortal: Mortal, backup: Backup) -> None:
    recovered(mortal)
    timeline = timeline_service(mortal.cloud.injector).timeline(mortal.cloud.caller, mortal.id)
    steps = [step.title for operation in timeline.operations for step in operation.steps]
    assert "Find the backup to begin with" in steps
    assert "Wait until Redis has all keys of the backup" in steps
    delete(mortal)


def test_the_link_stands_in_no_execution(mortal: Mortal, backup: Backup) -> None:
    recovered(mortal)
    client = mortal.cloud.client("stepfunctions")
    seen = 0
    for machine in client.list_state_machines()["stateMachines"]:
        for execution in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            if mortal.id in execution["name"]:
                history = str(client.get_execution_history(executionArn=execution["executionArn"]))
                assert "X-Amz" not in history
                assert backup.object_key not in history
                seen += 1
    assert seen >= 2
    delete(mortal)


def test_without_a_backup_it_begins_empty_and_says_so(mortal: Mortal) -> None:
    found = recovered(mortal)
    assert (found.restore, found.started_empty) == (None, StartedEmpty.NO_BACKUP)
    assert (keys(mortal), told(mortal)) == (0, {"startedEmpty": "NO_BACKUP"})
    mortal.assert_whole()
    assert mortal.cloud.left(mortal.id).get("definitions", []) == []
    delete(mortal)


def test_whoever_does_not_want_it_begins_empty_and_nothing_is_said(mortal: Mortal, backup: Backup) -> None:
    caller, request = mortal.cloud.caller, ChangeRequest(recover_from_backup=False)
    change_service(mortal.cloud.injector).change(caller, mortal.id, request)
    found = recovered(mortal)
    assert (found.restore, found.started_empty, keys(mortal), told(mortal)) == (None, None, 0, {})
    delete(mortal)


def test_each_later_recovery_begins_with_what_is_the_latest_then(mortal: Mortal, backup: Backup, file: RdbFile) -> None:
    first = recovered(mortal)
    newer = back_up(mortal, file, "bkp_newer")
    second = recovered(mortal, 2)
    assert first.restore
    assert second.restore
    assert (first.restore.backup_id, second.restore.backup_id) == (backup.id, newer.id)
    for made in (backup, newer):
        forget(mortal.cloud, made.id)
    assert recovered(mortal, 3).started_empty is StartedEmpty.NO_BACKUP
    assert keys(mortal) == 0
    assert_whole(mortal)
    delete(mortal)


def test_a_resize_after_it_keeps_the_data_and_needs_no_backup(mortal: Mortal, backup: Backup) -> None:
    recovered(mortal)
    before = keys(mortal)
    forget(mortal.cloud, backup.id)
    resized = Resized(mortal.cloud, mortal.id)
    resized.assert_succeeded(resized.resize())
    assert keys(mortal) >= before
    family = describe(mortal.cloud, mortal.serving)["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
    assert family == "swiftcache-256-1024"
    assert recovered(mortal, 2).started_empty is StartedEmpty.NO_BACKUP
    delete(mortal)


@pytest.mark.parametrize("spoil", ["a flipped byte", "another file", "one key more in the record", "gone"])
def test_what_cannot_be_loaded_is_tried_as_often_as_it_makes_sense_and_then_it_begins_empty(
    mortal: Mortal, file: RdbFile, spoil: str
) -> None:
    match spoil:
        case "a flipped byte":
            made = back_up(mortal, RdbFile(flipped(file.content, len(file.content) // 2), file.keys))
        case "another file":
            made = back_up(mortal, file, sha256="0" * 64)
        case "one key more in the record":
            made = back_up(mortal, RdbFile(file.content, file.keys + 1))
        case _:
            made = back_up(mortal, file)
            object_store(mortal.cloud.injector).erase(made.object_key)
    found = recovered(mortal)
    assert (found.restore, found.started_empty) == (None, StartedEmpty.BACKUP_NOT_LOADED)
    assert (found.failed_loads, found.attempt, found.deaths) == (MOST_LOADS, MOST_LOADS, 1)
    assert (keys(mortal), told(mortal)) == (0, {"startedEmpty": "BACKUP_NOT_LOADED"})
    error = "RestoreIncomplete" if spoil == "one key more in the record" else "TaskStopped"
    assert mortal.executions() == [("FAILED", error)] * MOST_LOADS + [("SUCCEEDED", None)]
    assert_whole(mortal)
    delete(mortal)
    forget(mortal.cloud, made.id)


def test_a_backup_that_is_deleted_while_it_is_fetched_is_followed_by_the_one_before(
    mortal: Mortal, backup: Backup, file: RdbFile
) -> None:
    newest = back_up(mortal, file, "bkp_newest")

    def deleted(answer: Answer) -> object:
        forget(mortal.cloud, newest.id)
        return answer()

    mortal.cloud.faults.plan("StartRedisTask", deleted)
    found = recovered(mortal)
    assert found.restore
    assert (found.restore.backup_id, found.attempt, found.failed_loads) == (backup.id, 1, 1)
    assert keys(mortal) == found.restore.keys
    delete(mortal)


def test_a_backup_that_is_deleted_once_it_is_loaded_is_not_missed(mortal: Mortal, backup: Backup) -> None:
    def deleted(answer: Answer) -> object:
        forget(mortal.cloud, backup.id)
        return answer()

    mortal.cloud.faults.plan("CheckRecovered", deleted)
    found = recovered(mortal)
    assert found.restore
    assert keys(mortal) == found.restore.keys
    delete(mortal)


@pytest.mark.parametrize("state", ["ListRedisTasks", "QueueRecord", "VerifyRedis", "MarkRecovered"])
def test_an_attempt_that_failed_otherwise_is_gone_on_with_and_the_link_is_renewed(
    mortal: Mortal, backup: Backup, state: str
) -> None:
    links: list[str | None] = []

    def noted(answer: Answer) -> object:
        result = answer()
        links.append(link(mortal))
        return result

    mortal.cloud.faults.plan("ChooseBackup", noted, noted)
    mortal.cloud.faults.plan(state, fails("Injected"))
    found = recovered(mortal)
    assert found.restore
    assert (found.restore.backup_id, found.attempt, found.failed_loads) == (backup.id, 1, 0)
    assert keys(mortal) == found.restore.keys
    assert ["X-Amz-Signature" in str(given) for given in links] == [True, True]
    assert_whole(mortal)
    delete(mortal)


def test_what_was_not_loaded_whole_does_not_come_to_serve_when_the_next_attempt_fails_early(
    mortal: Mortal, file: RdbFile
) -> None:
    """The task with a part of the data lives still, and the next attempt ends before it can stop it."""
    made = back_up(mortal, RdbFile(file.content, file.keys + 1))
    mortal.cloud.faults.plan("ChooseBackup", lambda answer: answer(), fails("Injected"))
    found = recovered(mortal)
    assert (found.started_empty, keys(mortal)) == (StartedEmpty.BACKUP_NOT_LOADED, 0)
    delete(mortal)
    forget(mortal.cloud, made.id)


@pytest.mark.parametrize("state", RECOVERED_FROM_A_BACKUP)
def test_an_answer_that_is_lost_changes_nothing(mortal: Mortal, backup: Backup, state: str) -> None:
    mortal.cloud.faults.plan(state, loses_reply)
    found = recovered(mortal)
    assert mortal.cloud.faults.happened == [state]
    assert found.restore
    assert keys(mortal) == found.restore.keys
    delete(mortal)


def test_one_that_still_loads_or_is_not_heard_is_waited_for(mortal: Mortal, file: RdbFile) -> None:
    """As long as a file of this size may take: what is tried again waits longer than a small one may."""
    made = back_up(mortal, file, size_bytes=4096 * MIB)
    mortal.cloud.faults.plan("CheckRecovered", still_loads, still_loads, *[fails("DependencyUnavailable")] * 20)
    assert recovered(mortal).attempt == 0
    delete(mortal)
    forget(mortal.cloud, made.id)


def test_one_that_loads_for_ever_is_given_up_for_an_empty_one(mortal: Mortal, backup: Backup) -> None:
    mortal.cloud.faults.plan("CheckRecovered", *[still_loads] * 1_000)
    found = recovered(mortal)
    assert mortal.executions() == [("FAILED", "RestoreTimedOut")] * MOST_LOADS + [("SUCCEEDED", None)]
    assert (found.started_empty, keys(mortal)) == (StartedEmpty.BACKUP_NOT_LOADED, 0)
    delete(mortal)


def test_one_whose_file_is_fetched_for_ever_is_given_up_for_an_empty_one(mortal: Mortal, backup: Backup) -> None:
    """ECS calls a task RUNNING only when `fetch` has ended."""

    def unheard(answer: Answer) -> object:
        return no_event(answer) if mortal.recovery.restore else answer()

    def pending(answer: Answer) -> object:
        return answers(still_pending)(answer) if mortal.recovery.restore else answer()

    mortal.cloud.faults.plan("AwaitRedisTask", *[unheard] * 100)
    mortal.cloud.faults.plan("DescribeRedisTask", *[pending] * 100)
    found = recovered(mortal)
    assert mortal.executions() == [("FAILED", "RestoreTimedOut")] * MOST_LOADS + [("SUCCEEDED", None)]
    assert (found.started_empty, keys(mortal)) == (StartedEmpty.BACKUP_NOT_LOADED, 0)
    delete(mortal)


def test_a_task_that_is_killed_while_it_loads_is_followed_by_another_with_the_backup(
    mortal: Mortal, backup: Backup
) -> None:
    def killed(answer: Answer) -> object:
        [task] = mortal.tasks()
        mortal.kill(task)
        wait_for(lambda: mortal.tasks() == [])
        return answer()

    mortal.cloud.faults.plan("CheckRecovered", killed)
    found = recovered(mortal)
    assert found.restore
    assert (found.attempt, found.failed_loads, found.deaths) == (1, 1, 1)
    assert keys(mortal) == found.restore.keys
    delete(mortal)


@pytest.mark.parametrize("state", RECOVERED_FROM_A_BACKUP)
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(mortal: Mortal, backup: Backup, state: str) -> None:
    def while_deleting(answer: Answer) -> object:
        mortal.cloud.delete(mortal.id)
        return answer()

    mortal.cloud.faults.plan(state, while_deleting)
    mortal.kill()
    assert_gone(mortal)
    assert state in mortal.cloud.faults.happened
    assert [one for one in mortal.cloud.ended(mortal.id) if one[1] != "SUCCEEDED"] == []


def test_a_task_that_was_cut_off_does_not_serve_beside_the_one_with_the_backup(mortal: Mortal, backup: Backup) -> None:
    other = start_another(mortal)
    recovered(mortal)
    assert other not in mortal.tasks()
    assert_whole(mortal)
    delete(mortal)


def test_a_task_that_dies_in_the_middle_of_a_resize_is_recovered_from_the_backup(
    mortal: Mortal, backup: Backup
) -> None:
    def dies(answer: Answer) -> object:
        mortal.kill()
        return answer()

    mortal.cloud.faults.plan("StartReplication", dies)
    Resized(mortal.cloud, mortal.id).resize()
    found = mortal.recovered(1, 60)
    assert found.restore
    assert keys(mortal) == found.restore.keys
    delete(mortal)


def test_what_is_found_to_be_lost_again_and_again_ends_as_any_crash_loop(mortal: Mortal, backup: Backup) -> None:
    """A backup does not make a Redis live that dies of itself."""
    for times in range(1, 5):
        assert recovered(mortal, times).deaths == times
    mortal.kill()
    found = mortal.cloud.wait(mortal.id, "ERROR", seconds=60)
    assert found
    assert found.failure
    assert found.failure.code == "CRASH_LOOP"
    mortal.cloud.quiet()
    assert mortal.cloud.left(mortal.id) == {}
    delete(mortal)
