"""IssueCredentials: says what is to be made for an instance, and makes its secret.

Holds secret values; answers of them the secret's ARN alone.
"""

from typing import Any

from swiftcache.backups.wiring import object_store
from swiftcache.instances.restore import Restore
from swiftcache.instances.stores import domain, instances
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import plan_output, target_of
from swiftcache.provisioning.steps import issue_credentials
from swiftcache.redis.wiring import credentials

LINK_SECONDS = 900
"""The machine waits 10 minutes for a place."""


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    def linking(restore: Restore) -> str:
        # It waits for its place, and then for its start.
        seconds = LINK_SECONDS + restore.seconds
        return object_store(injector).link(restore.object_key, restore.version, seconds, f"{restore.backup_id}.rdb")

    plan = issue_credentials(instances(injector), credentials(injector), target_of(event), domain(injector), linking)
    return plan_output(plan)
