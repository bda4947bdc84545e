"""Erasing what an instance, or a task of it, has left on its volume."""

from swiftcache.provisioning.volume_ports import Volumes, check_names


def erase(volumes: Volumes, instance_id: str, keep: str | None) -> None:
    """Everything, or everything but the folder `keep`. Raises InvalidRequest for names that are none."""
    check_names(instance_id, keep)
    volumes.erase(instance_id, keep)
