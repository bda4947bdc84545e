"""What is not yours does not exist: the same NotFound for another's instance, for none, and for what could be none."""

from swiftcache.access.identity import Caller
from swiftcache.instances.model import Instance, is_instance_id
from swiftcache.instances.ports import Instances
from swiftcache.platform.errors import NotFound


def own_instance(instances: Instances, caller: Caller, instance_id: str) -> Instance:
    """The caller's instance, by one strongly consistent read. Raises NotFound."""
    check_id(instance_id)
    instance = instances.get(caller.organization_id, instance_id)
    if instance is None:
        raise NotFound(f"there is no instance {instance_id}")
    return instance


def check_id(instance_id: str) -> None:
    """Raises NotFound for what cannot be an id: it need not be looked up, and may not be repeated in an answer."""
    if not is_instance_id(instance_id):
        raise NotFound("there is no such instance")
