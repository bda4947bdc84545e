"""The smaller rules: statuses, sizes, the ACL, failures in words, keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.instances.failure import explain
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.sizes import MAX_MEMORY, MIB, MIN_MEMORY, TaskSize, task_size
from swiftcache.instances.status import Status, allowed_from
from swiftcache.platform.tokens import new_account_key, new_id, sha256
from swiftcache.redis.acl import acl_file, users
from tests.samples import AT

FARGATE = {
    256: {512, 1024, 2048},
    512: {1024, 2048, 3072, 4096},
    1024: {2048, 3072, 4096, 5120, 6144, 7168, 8192},
    2048: {1024 * gb for gb in range(4, 17)},
}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html"""


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.RUNNING, Status.ERROR])
def test_a_deletion_is_accepted_in_every_status_but_its_own(status: Status) -> None:
    assert status in allowed_from(Status.DELETING)


def test_nothing_leads_out_of_deleting() -> None:
    assert not any(Status.DELETING in allowed_from(target) for target in Status)


def test_only_a_provisioning_instance_becomes_running() -> None:
    assert allowed_from(Status.RUNNING) == {Status.PROVISIONING}


def test_an_instance_fails_while_it_is_made_or_when_it_cannot_be_recovered() -> None:
    assert allowed_from(Status.ERROR) == {Status.PROVISIONING, Status.RUNNING}


@given(st.integers(MIN_MEMORY, MAX_MEMORY))
def test_every_task_is_a_size_that_fargate_has_with_room_for_the_data(max_memory: int) -> None:
    size = task_size(max_memory)
    assert size.memory in FARGATE[size.cpu]
    assert size.memory * MIB >= max_memory * 1.25


@pytest.mark.parametrize(
    ("max_memory_mb", "size"), [(10, TaskSize(256, 512)), (512, TaskSize(256, 1024)), (4096, TaskSize(1024, 6144))]
)
def test_the_smallest_task_with_room_is_taken(max_memory_mb: int, size: TaskSize) -> None:
    assert task_size(max_memory_mb * MIB) == size


@given(st.integers(MIN_MEMORY, MAX_MEMORY))
def test_a_task_that_keeps_its_data_has_room_for_them_twice(max_memory: int) -> None:
    size = task_size(max_memory, persistence=True)
    assert size.memory in FARGATE[size.cpu]
    assert size.memory * MIB >= max_memory * 2.25


def a_key(letter: str, role: KeyRole = KeyRole.READ_WRITE) -> InstanceKey:
    return InstanceKey(f"key_{letter}", letter, letter * 64, AT, role)


def test_the_default_user_takes_every_key_that_may_write() -> None:
    found = users([a_key("a"), a_key("b"), a_key("d", KeyRole.READ_ONLY)], "c" * 64)
    assert f"#{'a' * 64} #{'b' * 64} ~*" in found["default"]


def test_each_key_has_a_user_of_its_own() -> None:
    found = users([a_key("a"), a_key("d", KeyRole.READ_ONLY)], "c" * 64)
    assert set(found) == {"default", "key_a", "key_d", "swiftcache"}
    assert "+@all" in found["key_a"]
    assert "-@all +@read" in found["key_d"]


def test_the_acl_file_has_a_line_for_each_user() -> None:
    lines = acl_file([a_key("a")], "c" * 64).splitlines()
    assert [line.split()[:2] for line in lines] == [["user", "default"], ["user", "key_a"], ["user", "swiftcache"]]


def test_without_a_key_that_may_write_the_default_user_is_off() -> None:
    assert acl_file([], "c" * 64).startswith("user default off ")


def test_the_control_user_reaches_only_its_own_keys() -> None:
    control = acl_file([], "c" * 64).splitlines()[1]
    assert "~swiftcache:verify:*" in control
    assert {"-@all", "+ping", "+set", "+get", "+del"} <= set(control.split())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("ProvisioningTimedOut", "PROVISIONING_TIMED_OUT"),
        ("TaskNotPlaced", "NO_CAPACITY"),
        ("TaskStopped", "REDIS_STOPPED"),
        ("VerificationFailed", "VERIFICATION_FAILED"),
        ("Ecs.ServerException", "PROVISIONING_FAILED"),
    ],
)
def test_each_failure_has_a_stable_code(error: str, code: str) -> None:
    assert explain(error, "SomeStep", "request-1").code == code


def test_a_failure_says_what_to_do_and_whom_to_name() -> None:
    failure = explain("TaskStopped", "DescribeNewTask", "request-1")
    assert "Delete the instance and create it again" in failure.message
    assert "request-1" in failure.message
    assert failure.step == "DescribeNewTask"


def test_ids_fit_a_dns_label() -> None:
    label = new_id("inst").removeprefix("inst_")
    assert label.isalnum()
    assert label == label.lower()


def test_an_account_key_has_the_public_form() -> None:
    assert new_account_key().startswith("sk_live_")
    assert len(new_account_key()) == len("sk_live_") + 32


def test_a_hash_is_what_redis_takes() -> None:
    assert sha256("foobared") == "1b58ee375b42e41f0e48ef2ff27d10a5b1f6924a9acdcdba7cae868e7adce6bf"
