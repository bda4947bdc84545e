"""Instances whose data are kept: what a dead task had is there for the next, and goes with the instance."""

import time
from collections.abc import Callable
from typing import Any

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.failure import explain
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.recovery_state import MOST_DEATHS
from swiftcache.instances.sizes import MIB
from swiftcache.timeline.wiring import timeline_service
from tests.statemachine.cloud import Cloud, answers, fails, loses_reply, wait_for
from tests.statemachine.paths import fail_once_started, first_page_without, still_creating
from tests.statemachine.recoveries import Mortal
from tests.statemachine.resizes import KEY, Resized, new_instance
from tests.statemachine.task_definitions import definition_of, roles_of, serving
from tests.statemachine.test_sample_events import sample

EVERYTHING = RemovedResources(tasks=1, task_definitions=1, dns_records=1, secrets=1, volumes=1)


def kept(cloud: Cloud) -> Resized:
    return new_instance(cloud, persistence=True)


def remove(cloud: Cloud, instance_id: str) -> RemovedResources:
    """Deletes an instance, and gives what its receipt says."""
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE", seconds=40)
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    return timeline_service(cloud.injector).receipt(cloud.caller, instance_id).removed


def loses_its_task(resized: Resized, lose: Callable[[Mortal], None]) -> None:
    """What was written is there again as soon as another task serves."""
    mortal = Mortal(resized.cloud, resized.id, "")
    lose(mortal)
    mortal.recovered()
    with resized.cloud.redis(resized.id) as client:
        assert client.get(KEY) == str(resized.value)


def test_what_was_written_a_second_before_a_kill_is_there_again(cloud: Cloud) -> None:
    resized = kept(cloud)
    resized.write()
    time.sleep(1)
    loses_its_task(resized, Mortal.kill)
    assert remove(cloud, resized.id) == EVERYTHING


def test_a_task_that_is_stopped_has_written_all_down(cloud: Cloud) -> None:
    resized = kept(cloud)
    resized.write()
    loses_its_task(resized, Mortal.stop_by_hand)
    remove(cloud, resized.id)


def test_an_instance_that_cannot_be_recovered_keeps_its_volume_until_it_is_deleted(cloud: Cloud) -> None:
    resized = kept(cloud)
    mortal = Mortal(cloud, resized.id, "")
    for times in range(1, MOST_DEATHS):
        mortal.kill()
        mortal.recovered(times)
    mortal.kill()
    ended = cloud.wait(resized.id, "ERROR")
    assert ended
    assert ended.failure
    assert "Its volume is kept" in ended.failure.message
    cloud.quiet()
    assert set(cloud.left(resized.id)) == {"volumes", "folders"}
    assert remove(cloud, resized.id) == RemovedResources(volumes=1)


def test_a_kept_instance_has_a_volume_of_its_own_that_goes_with_it(cloud: Cloud) -> None:
    resized = kept(cloud)
    assert resized.instance.endpoint
    assert resized.instance.endpoint.folder == resized.id
    assert cloud.left(resized.id)["folders"] == [".", resized.id]
    assert len(cloud.left(resized.id)["volumes"]) == 1
    assert remove(cloud, resized.id) == EVERYTHING


def test_an_instance_whose_data_are_not_kept_has_no_volume(cloud: Cloud) -> None:
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    assert instance is not None
    assert instance.endpoint is not None
    assert instance.endpoint.folder == ""
    assert {"volumes", "folders"} & set(cloud.left(instance_id)) == set()
    definition = definition_of(cloud, serving(instance))
    assert [volume["name"] for volume in definition["volumes"]] == ["data"]
    assert definition["taskRoleArn"].rpartition("/")[2] in roles_of(cloud, "TaskRole")
    cloud.faults.plan("EraseVolume", fails("Injected"))
    assert remove(cloud, instance_id) == RemovedResources(tasks=1, dns_records=1, secrets=1)
    assert cloud.faults.happened == [], "its deletion does not look for a volume"


def test_a_kept_task_mounts_its_access_point_and_no_more(cloud: Cloud) -> None:
    resized = kept(cloud)
    definition = definition_of(cloud, serving(resized.instance))
    [volume] = [found for found in definition["volumes"] if found["name"] == "volume"]
    [access_point] = cloud.left(resized.id)["volumes"]
    assert volume["efsVolumeConfiguration"] == {
        "rootDirectory": "/",
        "fileSystemId": cloud.stack.outputs["FileSystemId"],
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": access_point, "iam": "ENABLED"},
    }
    assert definition["taskRoleArn"].rpartition("/")[2] in roles_of(cloud, "VolumeTaskRole")
    remove(cloud, resized.id)


def test_a_rollback_leaves_no_volume(cloud: Cloud) -> None:
    fail_once_started(cloud)
    instance_id = cloud.create(persistence=True)
    instance = cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert instance is not None
    assert cloud.left(instance_id) == {}
    assert remove(cloud, instance_id) == RemovedResources()


def test_a_volume_whose_making_was_not_heard_of_is_found(cloud: Cloud) -> None:
    cloud.faults.plan("CreateAccessPoint", loses_reply)
    resized = kept(cloud)
    assert len(cloud.left(resized.id)["volumes"]) == 1
    assert remove(cloud, resized.id) == EVERYTHING


def test_a_volume_is_found_on_any_page(cloud: Cloud) -> None:
    cloud.faults.plan("CreateAccessPoint", loses_reply)
    cloud.faults.plan("FindAccessPoints", answers(first_page_without))
    resized = kept(cloud)
    cloud.faults.plan("FindAccessPoints", answers(first_page_without))
    assert remove(cloud, resized.id) == EVERYTHING


def test_a_volume_that_is_not_there_at_once_is_waited_for(cloud: Cloud) -> None:
    cloud.faults.plan("CreateAccessPoint", answers(still_creating))
    resized = kept(cloud)
    remove(cloud, resized.id)


def test_a_volume_that_never_comes_is_given_up_after_two_minutes(cloud: Cloud) -> None:
    cloud.faults.plan("CreateAccessPoint", answers(still_creating))
    cloud.faults.plan("FindAccessPoints", *[answers(_all_creating)] * 500)
    instance_id = cloud.create(persistence=True)
    instance = cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert instance is not None
    assert instance.failure == explain("ProvisioningTimedOut", "CreateAccessPoint", "request-create")
    cloud.faults.planned.clear()
    assert cloud.left(instance_id) == {}
    remove(cloud, instance_id)


def _all_creating(result: Any) -> Any:
    for found in result["AccessPoints"]:
        still_creating(found)
    return result


def test_a_deletion_while_the_volume_is_made_leaves_none(cloud: Cloud) -> None:
    def deleted_first(answer: Any) -> Any:
        cloud.delete(cloud.only())
        return answer()

    cloud.faults.plan("CreateAccessPoint", answers(still_creating))
    cloud.faults.plan("ReadIntentBeforeVolume", deleted_first)
    instance_id = cloud.create(persistence=True)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def test_a_deletion_whose_record_does_not_tell_looks_for_a_volume(cloud: Cloud) -> None:
    resized = kept(cloud)
    cloud.faults.plan("FindMaker", answers(_without_persistence))
    assert remove(cloud, resized.id) == EVERYTHING


def _without_persistence(result: Any) -> Any:
    result["Item"].pop("persistence")
    return result


def test_another_size_keeps_the_data_in_another_folder_and_erases_the_old(cloud: Cloud) -> None:
    resized = kept(cloud)
    for _ in range(2):
        change = resized.resize()
        resized.assert_succeeded(change)
        assert resized.instance.endpoint
        assert resized.instance.endpoint.folder == change.id
        assert cloud.left(resized.id)["folders"] == [".", change.id]
    loses_its_task(resized, Mortal.stop_by_hand)
    assert cloud.left(resized.id)["folders"] == [".", change.id]
    assert remove(cloud, resized.id).volumes == 1


def test_a_failed_change_of_size_leaves_the_old_folder_alone(cloud: Cloud) -> None:
    resized = kept(cloud)
    cloud.faults.plan("SwitchOver", fails("Injected"))
    change = resized.resize()
    assert change.failure
    assert cloud.left(resized.id)["folders"] == [".", resized.id]
    resized.assert_whole(resized.instance.max_memory)
    remove(cloud, resized.id)


def test_a_change_in_place_leaves_the_folder_as_it_is(cloud: Cloud) -> None:
    resized = kept(cloud)
    change = change_service(cloud.injector).change(cloud.caller, resized.id, ChangeRequest(max_memory=100 * MIB)).change
    assert change
    assert change.kind is ChangeKind.IN_PLACE
    wait_for(lambda: not resized.instance.changing)
    resized.write()
    with cloud.redis(resized.id) as client:
        assert client.config_get("maxmemory")["maxmemory"] == str(100 * MIB)
    assert cloud.left(resized.id)["folders"] == [".", resized.id]
    remove(cloud, resized.id)


def test_the_sample_event_is_taken(cloud: Cloud) -> None:
    given = sample("erase_volume")
    cloud.volume(given["instanceId"]).joinpath("inst_abc123xyz").mkdir(parents=True)
    cloud.volume(given["instanceId"]).joinpath(given["keep"]).mkdir()
    assert cloud.invoke(cloud.stack.functions["EraseVolumeFunction"].name, given) is None
    assert cloud.folders(given["instanceId"]) == [".", given["keep"]]
    cloud.invoke(cloud.stack.functions["EraseVolumeFunction"].name, {"instanceId": given["instanceId"]})
    assert cloud.folders(given["instanceId"]) == []
