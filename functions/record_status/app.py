"""The steps that change an instance's record: MarkRunning, GiveUpMember, MarkError, RemoveInstance."""

from typing import Any

from swiftcache.instances.model import hostname_of
from swiftcache.instances.stores import domain
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import endpoint_of, first_error_of, removed_of, target_of
from swiftcache.provisioning.wiring import status_recorder


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    target = target_of(event)
    match event["step"]:
        case "MarkRunning":
            hostname = hostname_of(target.instance_id, domain(injector))
            status_recorder(injector).mark_running(target, hostname, endpoint_of(event))
        case "GiveUpMember":
            status_recorder(injector).give_up_member(target)
        case "MarkError":
            status_recorder(injector).mark_error(target, first_error_of(event))
        case "RemoveInstance":
            status_recorder(injector).remove(target, removed_of(event))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
