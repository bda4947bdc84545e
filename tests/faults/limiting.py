"""Journeys of instances with networks of their own: through the calls that make and remove their security groups."""

from tests.faults.drivers import Deletion, Provisioning, settle
from tests.faults.journeys import Result, Situation
from tests.faults.shared_definitions import all_but
from tests.statemachine.using_networks import create_limited

NETWORKS = ("127.0.0.0/8", "10.1.0.0/16")


class ProvisioningLimited(Provisioning):
    """Its security group is made before its first task, or there is none left."""

    name = "provision, own networks"
    without = all_but("provision_instance", "CreateSecurityGroup", "StartRedisTask")

    def go(self, situation: Situation) -> Result:
        self.created = create_limited(self.cloud, *NETWORKS)
        return self.result()


class DeletionLimited(Deletion):
    """Its security group goes after its task."""

    name = "deprovision, own networks"
    without = all_but("deprovision_instance", "FindMaker", "DeleteSecurityGroup", "RemoveInstance")

    def prepare(self) -> None:
        self.created = create_limited(self.cloud, *NETWORKS)
        settle(self.cloud, self.created.instance.id)
