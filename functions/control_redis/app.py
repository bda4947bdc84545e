"""ControlRedis: makes a running Redis equal to its record. Reads and writes secret values.

As the step PrepareMember of a creation it does so before the instance is RUNNING, verifies it, and makes it RUNNING.
As CloseOthers it closes what is open from elsewhere than the instance's networks.
As CheckRestored it says whether one that was made from a backup has all of it, as CheckRecovered whether one that was
recovered from it has.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.configuration.wiring import configuration_service
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import endpoint_of, target_of
from swiftcache.provisioning.wiring import restore_check
from swiftcache.recovery.step_input import recovering_of
from swiftcache.recovery.wiring import backup_check
from swiftcache.redis.wiring import probe

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, bool] | None:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    match event.get("step"):
        case None:
            configuration_service(injector).apply(event["organizationId"], instance_id)
        case "PrepareMember":
            configuration_service(injector).prepare(target_of(event), probe(injector))
        case "CloseOthers":
            configuration_service(injector).close_others(event["organizationId"], instance_id)
        case "CheckRestored":
            return {"done": restore_check(injector).has_all(target_of(event), endpoint_of(event))}
        case "CheckRecovered":
            return {"done": backup_check(injector).has_all(recovering_of(event), endpoint_of(event))}
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    logger.info("configured")
    return None
