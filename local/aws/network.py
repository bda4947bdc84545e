"""Network interfaces of tasks: in moto's EC2, with the addresses on which the tasks really listen."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError, InvalidParameterValueError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from local.aws.addresses import Addresses
from local.aws.dispatch import ACCOUNT, REGION, ApiError, Dispatcher
from local.aws.ecs_task import Interface

_RULE_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"""


def extend(patches: ExitStack) -> None:
    """Let moto find an interface by its public address, keep a group while an interface has it, and refuse what
    EC2 refuses as the description of a rule."""
    known, delete = NetworkInterface.get_filter_value, EC2Backend.delete_security_group
    authorize = EC2Backend.authorize_security_group_ingress

    def get_filter_value(interface: NetworkInterface, name: str, method: str | None = None) -> Any:
        return interface.public_ip if name == "association.public-ip" else known(interface, name, method)

    def delete_security_group(backend: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
        if any(group.id == group_id for interface in backend.enis.values() for group in interface.group_set):
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        delete(backend, name, group_id)

    def authorize_ingress(backend: EC2Backend, *given: Any, **named: Any) -> Any:
        described = [each for each in named["ip_ranges"] if "Description" in each]
        if wrong := [each for each in described if not _RULE_DESCRIPTION.fullmatch(each["Description"])]:
            raise InvalidParameterValueError(wrong[0]["Description"])
        return authorize(backend, *given, **named)

    patches.enter_context(patch.object(NetworkInterface, "get_filter_value", get_filter_value))
    patches.enter_context(patch.object(EC2Backend, "delete_security_group", delete_security_group))
    patches.enter_context(patch.object(EC2Backend, "authorize_security_group_ingress", authorize_ingress))


class Network:
    """Attaches tasks to the subnets of moto's VPCs."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._lock = dispatcher.lock("ec2")
        self._addresses = Addresses()

    def attach(self, configuration: Mapping[str, Any]) -> Interface:
        """An interface in the first subnet of an `awsvpcConfiguration`.

        Raises ApiError for a subnet or a security group that is not there.
        """
        subnet, groups = configuration["subnets"][0], configuration.get("securityGroups")
        address = self._addresses.take()
        try:
            with self._lock:
                found = ec2_backends[ACCOUNT][REGION].create_network_interface(
                    subnet=subnet, private_ip_address=address.host, group_ids=groups, description="ECS task"
                )
                found.status = "in-use"
                if configuration.get("assignPublicIp") == "ENABLED":
                    found.public_ip = address.host
        except EC2ClientError as error:
            self._addresses.give_back(address)
            raise ApiError(
                "InvalidParameterException", f"Error retrieving network information for {subnet}: {error}"
            ) from error
        return Interface(found.id, subnet, found.mac_address, address)

    def detach(self, interface: Interface) -> None:
        """Remove the interface and free its address."""
        with self._lock:
            ec2_backends[ACCOUNT][REGION].delete_network_interface(interface.id)
        self._addresses.give_back(interface.address)
