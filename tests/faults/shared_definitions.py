"""Journeys of instances whose tasks are of their size's definition: through the calls that are then other ones."""

from tests.faults.cells import calls
from tests.faults.drivers import Deletion, Provisioning, Resizing


def all_but(machine: str, *states: str) -> frozenset[str]:
    """The other calls of a machine."""
    return frozenset(call.state for call in calls(machine)) - set(states)


class ProvisioningShared(Provisioning):
    """Nothing is registered: the ACL comes with the start."""

    name = "provision, shared definition"
    without = all_but("provision_instance", "IssueCredentials", "StartRedisTask")
    persistence = False


class DeletionShared(Deletion):
    """Tasks are found by who started them, and no definition is removed."""

    name = "deprovision, shared definition"
    without = all_but("deprovision_instance", "FindMaker", "ListRedisTasks", "StopRedisTask", "ListTasksLeft")
    persistence = False


class ResizingShared(Resizing):
    """The new task is of the other size's definition, and both stay."""

    name = "resize, shared definition"
    without = all_but("resize_instance", "PlanResize", "StartRedisTask", "ListRedisTasks", "DescribeRedisTasks")
    persistence = False
