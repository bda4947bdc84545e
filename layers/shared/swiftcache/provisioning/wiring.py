"""What provisioning is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import domain, instances
from swiftcache.platform.aws import now, stepfunctions
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, redis_loading

if TYPE_CHECKING:
    from swiftcache.instances.ports import Workflows
    from swiftcache.provisioning.restored import RestoreCheck
    from swiftcache.provisioning.steps import StatusRecorder
    from swiftcache.provisioning.volume_ports import Volumes


@provider
def workflows(injector: Injector) -> "Workflows":
    from swiftcache.provisioning.executions import StepFunctionsWorkflows

    return StepFunctionsWorkflows(
        stepfunctions(injector),
        injector.environment["PROVISION_STATE_MACHINE_ARN"],
        injector.environment["DEPROVISION_STATE_MACHINE_ARN"],
        injector.environment["RESIZE_STATE_MACHINE_ARN"],
    )


@provider
def status_recorder(injector: Injector) -> "StatusRecorder":
    from swiftcache.provisioning.steps import StatusRecorder

    return StatusRecorder(instances(injector), now(injector))


@provider
def restore_check(injector: Injector) -> "RestoreCheck":
    from swiftcache.provisioning.restored import RestoreCheck

    return RestoreCheck(instances(injector), credentials(injector), redis_loading(injector), domain(injector))


@provider
def volumes(injector: Injector) -> "Volumes":
    from pathlib import Path

    from swiftcache.provisioning.mounted_volumes import MountedVolumes

    return MountedVolumes(Path(injector.environment["VOLUMES_FOLDER"]))
