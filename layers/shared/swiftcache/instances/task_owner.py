"""Whose task it is that ECS tells of."""

import re
from collections.abc import Mapping
from typing import Any

from swiftcache.instances.model import is_instance_id

_BACKUP = re.compile(r"bkp_[a-z0-9]{1,64}")
_FAMILY = re.compile(r"family:.+-(inst_[a-z0-9]+)")


def awaited_owner_of_task(detail: Mapping[str, Any]) -> str | None:
    """The same, or the id of the backup that the task proves: whoever waits for the task does so by it."""
    started_by = str(detail.get("startedBy", ""))
    return started_by if _BACKUP.fullmatch(started_by) else owner_of_task(detail)


def owner_of_task(detail: Mapping[str, Any]) -> str | None:
    """The instance's id, from the detail of ECS's `Task State Change`. None if it is no instance's task.

    It is who started the task. Tasks from before that was so are told by the family of their definition.
    """
    started_by = str(detail.get("startedBy", ""))
    if is_instance_id(started_by):
        return started_by
    family = _FAMILY.fullmatch(detail.get("group", ""))
    return family[1] if family else None
