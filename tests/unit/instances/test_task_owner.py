"""Whose task ECS tells of: one of now, one of before, one of somebody else."""

import pytest

from swiftcache.instances.task_owner import owner_of_task


def test_a_task_belongs_to_who_started_it() -> None:
    assert owner_of_task({"startedBy": "inst_a1", "group": "swiftcache"}) == "inst_a1"


@pytest.mark.parametrize("started_by", ["swiftcache", "swiftcache-rec_1", ""])
def test_a_task_from_before_belongs_to_whom_its_family_is_named_after(started_by: str) -> None:
    assert owner_of_task({"startedBy": started_by, "group": "family:my-stack-inst_a1"}) == "inst_a1"


@pytest.mark.parametrize("group", ["family:swiftcache-256-512", "service:swiftcache-inst_a1", "family:inst_a1", ""])
def test_any_other_task_is_nobodys(group: str) -> None:
    assert owner_of_task({"startedBy": "ecs-svc/1", "group": group}) is None
    assert owner_of_task({"group": group}) is None
