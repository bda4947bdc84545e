"""The steps that change an instance's record: MarkRunning, GiveUpMember, MarkError, RemoveInstance."""

from typing import Any

from swiftcache import wiring
from swiftcache.instances.model import hostname_of
from swiftcache.provisioning.step_input import endpoint_of, first_error_of, removed_of, target_of


def handler(event: dict[str, Any], _: object) -> None:
    target = target_of(event)
    match event["step"]:
        case "MarkRunning":
            hostname = hostname_of(target.instance_id, wiring.domain())
            wiring.status_recorder().mark_running(target, hostname, endpoint_of(event))
        case "GiveUpMember":
            wiring.status_recorder().give_up_member(target)
        case "MarkError":
            wiring.status_recorder().mark_error(target, first_error_of(event))
        case "RemoveInstance":
            wiring.status_recorder().remove(target, removed_of(event))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
