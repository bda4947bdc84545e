"""IssueCredentials: says what is to be made for an instance, and makes its secret.

Holds secret values; answers of them the secret's ARN alone.
"""

from typing import Any

from swiftcache.backups.restoring import link_to
from swiftcache.backups.wiring import object_store
from swiftcache.instances.restore import Restore
from swiftcache.instances.stores import domain, instances
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import plan_output, target_of
from swiftcache.provisioning.steps import issue_credentials
from swiftcache.redis.wiring import credentials


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    def linking(restore: Restore) -> str:
        return link_to(object_store(injector), restore)

    plan = issue_credentials(instances(injector), credentials(injector), target_of(event), domain(injector), linking)
    return plan_output(plan)
