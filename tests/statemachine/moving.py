"""A stack that goes over from public addresses to private ones: first as it was, then on its way."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from local.aws.addresses import Address, Addresses
from local.aws.dispatch import ACCOUNT, REGION
from local.aws.ecs_task import Interface
from local.aws.network import Network
from swiftcache.instances.model import Instance
from swiftcache.platform.items import instance_key
from swiftcache.redis import connection
from tests.statemachine.cloud import Cloud, running

MOVING = {"NetworkMode": "public-to-private", "ClientCidrs": "10.20.0.0/16"}

_BYTES = 65536


class _Forward(socketserver.BaseRequestHandler):
    """Brings a connection to the same port of the private address."""

    server: "_Port"

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.inner, 5) as inner:
            ways = {self.request: inner, inner: self.request}
            while True:
                for ready in select.select(list(ways), [], [])[0]:
                    if not (found := ready.recv(_BYTES)):
                        return
                    ways[ready].sendall(found)


class _Port(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, outer: Address, inner: Address) -> None:
        super().__init__((outer.host, outer.port), _Forward)
        self.inner = (inner.host, inner.port)


class InternetGateway:
    """Gives whoever is to have a public address one of its own, and a way from there to the private one."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._addresses = Addresses()
        self._open: dict[str, tuple[Address, ExitStack]] = {}
        attach, detach = Network.attach, Network.detach

        def attach_both(network: Network, configuration: Mapping[str, Any]) -> Interface:
            made = attach(network, configuration)
            if configuration.get("assignPublicIp") == "ENABLED":
                self._let_in(made)
            return made

        def detach_both(network: Network, interface: Interface) -> None:
            if interface.id in self._open:
                self._shut(interface.id)
            detach(network, interface)

        patch.setattr(Network, "attach", attach_both)
        patch.setattr(Network, "detach", detach_both)

    @property
    def public(self) -> set[str]:
        """The addresses that are in use."""
        return {address.host for address, _ in self._open.values()}

    def _let_in(self, interface: Interface) -> None:
        outer, inner, ports = self._addresses.take(), interface.address, ExitStack()
        for offset in (0, 1):
            port = _Port(Address(outer.host, outer.port + offset), Address(inner.host, inner.port + offset))
            threading.Thread(target=port.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            ports.callback(port.server_close)
            ports.callback(port.shutdown)
        self._open[interface.id] = (outer, ports)
        ec2_backends[ACCOUNT][REGION].enis[interface.id].public_ip = outer.host

    def _shut(self, interface: str) -> None:
        address, ports = self._open.pop(interface)
        ports.close()
        self._addresses.give_back(address)


class _Inside:
    """What `socket` is to functions that are in the network: no public address is reached from there."""

    def __init__(self, gateway: InternetGateway) -> None:
        self._gateway = gateway

    def create_connection(self, where: tuple[str, int], *arguments: Any) -> socket.socket:
        if where[0] in self._gateway.public:
            raise TimeoutError(f"nobody gets from inside to {where[0]}")
        return socket.create_connection(where, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)


class Move:
    """The stack is on its way; `not_yet` it is public."""

    def __init__(self, cloud: Cloud, gateway: InternetGateway) -> None:
        self.cloud = cloud
        self.gateway = gateway

    @contextmanager
    def not_yet(self) -> Iterator[None]:
        """In here all is as before the update, which comes at the end."""
        client = self.cloud.client("stepfunctions")
        arns = [found["stateMachineArn"] for found in client.list_state_machines()["stateMachines"]]
        moving = {arn: client.describe_state_machine(stateMachineArn=arn)["definition"] for arn in arns}
        with pytest.MonkeyPatch.context() as patch:
            for arn, definition in moving.items():
                client.update_state_machine(stateMachineArn=arn, definition=self._public(definition))
            patch.setenv("NETWORK_MODE", "public")
            patch.setattr(connection, "socket", socket)
            self.cloud.injector.forget()
            try:
                yield
            finally:
                for arn, definition in moving.items():
                    client.update_state_machine(stateMachineArn=arn, definition=definition)
        self.cloud.injector.forget()

    def _public(self, definition: str) -> str:
        groups = self.cloud.client("ec2").describe_security_groups()["SecurityGroups"]
        clients = next(one["GroupId"] for one in groups if one["Description"].endswith("ClientSecurityGroupIds"))
        return definition.replace("DISABLED", "ENABLED").replace(f",{clients}", "")

    def make_older(self, instance_id: str) -> None:
        """Makes its record what it was before private addresses were kept."""
        self.cloud.client("dynamodb").update_item(
            TableName=self.cloud.stack.outputs["TableName"],
            Key=instance_key(self.cloud.caller.organization_id, instance_id),
            UpdateExpression="REMOVE endpoint.privateAddress",
            ConditionExpression="attribute_exists(endpoint.privateAddress)",
        )

    def interface(self, instance: Instance) -> dict[str, Any]:
        """That of the task that serves."""
        assert instance.endpoint
        named = [{"Name": "private-ip-address", "Values": [instance.endpoint.private_address]}]
        [found] = self.cloud.client("ec2").describe_network_interfaces(Filters=named)["NetworkInterfaces"]
        return dict(found)

    def assert_public(self, instance_id: str) -> Instance:
        """It is reached by a public address, which its interface has besides."""
        instance = self.cloud.find(instance_id)
        assert instance
        assert instance.endpoint
        assert instance.endpoint.is_public
        assert self.interface(instance)["Association"]["PublicIp"] == instance.endpoint.address
        return instance

    def assert_private(self, instance_id: str) -> Instance:
        """Its name leads to its private address, and it has no other."""
        instance = self.cloud.find(instance_id)
        assert instance
        assert instance.endpoint
        assert instance.endpoint.address == instance.endpoint.private_address
        assert self.cloud.addresses(instance_id) == (instance.endpoint.address,)
        assert "Association" not in self.interface(instance)
        return instance


def behind_a_gateway(home: Any, parameters: Mapping[str, str]) -> Iterator[tuple[Cloud, InternetGateway]]:
    """For a fixture: what has public addresses is reached by them, but by functions, which are inside."""
    with pytest.MonkeyPatch.context() as patch:
        gateway = InternetGateway(patch)
        patch.setattr(connection, "socket", _Inside(gateway))
        for cloud in running(home, parameters=parameters):
            yield cloud, gateway


def moving(home: Any) -> Iterator[Move]:
    """For a fixture."""
    for cloud, gateway in behind_a_gateway(home, MOVING):
        yield Move(cloud, gateway)
