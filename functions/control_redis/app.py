"""ControlRedis: makes a running Redis equal to its record. Reads and writes secret values.

As the step PrepareMember of a creation it does so before the instance is RUNNING, and answers its hostname.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.adapters.workflow_input import target_of

logger = Logger()


def handler(event: dict[str, Any], _: object) -> dict[str, str] | None:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    match event.get("step"):
        case None:
            wiring.configure()(event["organizationId"], instance_id)
            answer = None
        case "PrepareMember":
            answer = {"hostname": wiring.configure().prepare(target_of(event))}
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    logger.info("configured")
    return answer
