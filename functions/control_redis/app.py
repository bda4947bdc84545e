"""ControlRedis: makes a running Redis equal to its record. Reads and writes secret values.

As the step PrepareMember of a creation it does so before the instance is RUNNING, verifies it, and makes it RUNNING.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.provisioning.step_input import target_of

logger = Logger()


def handler(event: dict[str, Any], _: object) -> None:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    match event.get("step"):
        case None:
            wiring.configure()(event["organizationId"], instance_id)
        case "PrepareMember":
            wiring.configure().prepare(target_of(event), wiring.probe())
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    logger.info("configured")
