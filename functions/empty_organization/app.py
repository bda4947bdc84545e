"""The steps of EmptyOrganization: DeleteInstances marks some to be deleted, RemoveOrganization removes all the rest."""

from typing import Any

from swiftcache import wiring
from swiftcache.fleet.step_input import emptying_target_of


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    target = emptying_target_of(event)
    match event["step"]:
        case "DeleteInstances":
            return {"deleting": wiring.emptier().delete_instances(target)}
        case "RemoveOrganization":
            wiring.emptier().remove(target)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
