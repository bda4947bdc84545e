"""The volume of a persistent instance: folders on a file system, one for each task that has served or is to serve."""

import re
from typing import Protocol

from swiftcache.instances.model import is_instance_id
from swiftcache.platform.errors import InvalidRequest

_FOLDER = re.compile(r"(inst|chg)_[a-z0-9]{1,64}")


class Volumes(Protocol):
    def erase(self, instance_id: str, keep: str | None) -> None:
        """Removes an instance's volume, or all of its folders but `keep`. What is not there is no error.

        May be called again, and goes on where an earlier call was stopped.
        """


def check_names(instance_id: str, keep: str | None) -> None:
    """Raises InvalidRequest for what can be no instance or no folder: it could lead to another's data."""
    if not is_instance_id(instance_id):
        raise InvalidRequest("this is not an instance's id", "/instanceId")
    if keep is not None and not _FOLDER.fullmatch(keep):
        raise InvalidRequest("this is not a folder of a volume", "/keep")
