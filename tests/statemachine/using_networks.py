"""Instances that limit who reaches them: all that is done for one."""

from dataclasses import replace

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.model import NewInstance
from swiftcache.instances.service import Created
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from tests.statemachine.cloud import Cloud


def create_limited(cloud: Cloud, *cidrs: str) -> Created:
    """In a public cloud too, whose API would refuse it: what is done for it follows from the record alone."""
    service = replace(instance_service(cloud.injector), is_private=True)
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central", allowed_cidrs=cidrs)
    return service.create(cloud.caller, new)


def limit(cloud: Cloud) -> None:
    """It is made, lets in others, and is deleted."""
    instance_id = create_limited(cloud, "10.1.0.0/16").instance.id
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    changed = change_service(cloud.injector).change(
        cloud.caller, instance_id, ChangeRequest(allowed_cidrs=("10.2.0.0/16",))
    )
    assert changed.networks_in_force
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
