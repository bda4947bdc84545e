"""Addresses of tasks: one each with the same port, or one port each where there is only 127.0.0.1."""

import socket
from collections.abc import Iterator

import pytest

from local.aws.addresses import TASK_PORT, Address, Addresses
from local.aws.ecs_task import Interface, Task

real_bind = socket.socket.bind


@pytest.fixture
def only_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(probe: socket.socket, address: tuple[str, int]) -> None:
        if address[0] != "127.0.0.1":
            raise OSError("Can't assign requested address")
        real_bind(probe, address)

    monkeypatch.setattr(socket.socket, "bind", bind)


def test_every_task_has_an_address_of_its_own_on_the_same_port() -> None:
    addresses = Addresses()

    taken = [addresses.take() for _ in range(50)]

    assert len({address.host for address in taken}) == 50
    assert {address.port for address in taken} == {TASK_PORT}
    assert all(address.host.startswith("127.") for address in taken)


@pytest.mark.parametrize("port", [TASK_PORT, TASK_PORT + 1])
def test_an_address_on_which_something_listens_is_not_given(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    octets: Iterator[int] = iter([9, 9, 9, 9, 9, 8])
    addresses = Addresses()
    monkeypatch.setattr(addresses._random, "randint", lambda low, high: next(octets))

    with socket.create_server(("127.9.9.9", port)):
        assert addresses.take() == Address("127.9.9.8", TASK_PORT)


@pytest.mark.usefixtures("only_localhost")
def test_with_only_127_0_0_1_every_task_has_a_port_of_its_own() -> None:
    addresses = Addresses()

    taken = {addresses.take() for _ in range(20)}

    assert {address.host for address in taken} == {"127.0.0.1"}
    ports = {address.port for address in taken}
    assert len(ports | {port + 1 for port in ports}) == 40


@pytest.mark.parametrize(("port", "bindings"), [(TASK_PORT, []), (40_000, [40_000])])
def test_a_task_tells_its_port_only_where_it_is_another(port: int, bindings: list[int]) -> None:
    definition = {"family": "f", "taskDefinitionArn": "arn", "containerDefinitions": [{"name": "n", "image": "i"}]}
    interface = Interface("eni-1", "subnet-1", "02:00", Address("127.0.0.1", port))
    task = Task("cluster", definition, {}, interface, status="RUNNING")

    container = task.describe()["containers"][0]

    assert [binding["hostPort"] for binding in container["networkBindings"]] == bindings
