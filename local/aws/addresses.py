"""Addresses for tasks: what the network interface of a Fargate task is, as far as one machine can give it."""

import random
import socket
import threading
from dataclasses import dataclass

TASK_PORT = 6379
LOCALHOST = "127.0.0.1"
TRIES = 32


@dataclass(frozen=True)
class Address:
    """Where a task is to listen: on the port, or on the next one while it does not serve.

    `enter` is what its programs' command lines are begun with, to be where that address is.
    """

    host: str
    port: int
    enter: tuple[str, ...] = ()


class Addresses:
    """Gives every task a loopback address of its own with the same port, as an interface of its own would.

    A system that has only 127.0.0.1, or where another program holds the port on all addresses, gets 127.0.0.1
    with a port for each task. The choice is random, so that two stacks side by side do not meet.
    """

    def __init__(self) -> None:
        self._taken: set[Address] = set()
        self._lock = threading.Lock()
        self._random = random.SystemRandom()

    def take(self) -> Address:
        """An address on which nothing listens, until it is given back."""
        with self._lock:
            address = self._own() or self._shared()
            self._taken.add(address)
            return address

    def give_back(self, address: Address) -> None:
        with self._lock:
            self._taken.discard(address)

    def _own(self) -> Address | None:
        for _ in range(TRIES):
            octets = (self._random.randint(1, 254) for _ in range(3))
            address = Address(".".join(["127", *map(str, octets)]), TASK_PORT)
            if self._is_free(address):
                return address
        return None

    def _shared(self) -> Address:
        while (port := _bound_port(LOCALHOST, 0)) is None or not self._is_free(Address(LOCALHOST, port)):
            continue
        return Address(LOCALHOST, port)

    def _is_free(self, address: Address) -> bool:
        neighbours = {Address(address.host, port) for port in range(address.port - 1, address.port + 2)}
        ports = (address.port, address.port + 1)
        return neighbours.isdisjoint(self._taken) and all(_bound_port(address.host, port) for port in ports)


def _bound_port(host: str, port: int) -> int | None:
    """The port that can be bound on this address; 0 asks for any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return None
        return int(probe.getsockname()[1])
