"""The steps of EmptyOrganization: DeleteInstances marks some to be deleted, RemoveOrganization removes all the rest."""

from typing import Any

from swiftcache.fleet.step_input import emptying_target_of
from swiftcache.fleet.wiring import organization_emptier
from swiftcache.platform.injector import PROCESS, Injector


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    target = emptying_target_of(event)
    match event["step"]:
        case "DeleteInstances":
            return {"deleting": organization_emptier(injector).delete_some(target)}
        case "RemoveOrganization":
            organization_emptier(injector).remove(target)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
