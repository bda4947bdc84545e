"""ControlRedis: makes a running Redis equal to its record. Reads and writes secret values.

As the step PrepareMember of a creation it does so before the instance is RUNNING, verifies it, and makes it RUNNING.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.configuration.wiring import configuration_service
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import target_of
from swiftcache.redis.wiring import probe

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    match event.get("step"):
        case None:
            configuration_service(injector).apply(event["organizationId"], instance_id)
        case "PrepareMember":
            configuration_service(injector).prepare(target_of(event), probe(injector))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    logger.info("configured")
