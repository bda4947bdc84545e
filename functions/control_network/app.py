"""ControlNetwork: makes the security group of an instance equal to its record, and itself reaches no instance.

As the step CreateSecurityGroup of a creation it answers the group that the tasks are to have, as DeleteSecurityGroup of
a deletion it removes it.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.networks.wiring import network_service
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, str] | None:
    organization_id, instance_id = event["organizationId"], event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    service = network_service(injector)
    match event.get("step"):
        case None:
            service.apply(organization_id, instance_id)
        case "CreateSecurityGroup":
            return {"securityGroup": service.prepare(organization_id, instance_id)}
        case "DeleteSecurityGroup":
            service.remove(instance_id)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    logger.info("controlled")
    return None
