"""The VPC of a stack in private mode, and the networks around it, each a namespace with one link to the VPC's:

    this machine, a client ──┐
    a stranger's network ────┼── the VPC: routes, and drops what no security group lets in ──┬── each task
    functions in the VPC ────┘                                                               └── …

The VPC's own address is where AWS is found: the substitutes and the DNS server listen there.
"""

import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from local.aws.addresses import TASK_PORT, Address
from local.networks.namespace import Namespace, run_to_its_end, search_path

_RANGE = IPv4Network("198.19.0.0/16")
"""Half of what is set aside for tests of networks (RFC 2544): no other machine has such an address."""

_PART = 21
"""The prefix of a stack's part of it: networks of clients and of strangers, and the rest for tasks and functions."""

_NETWORK = 24
_LINK = "swiftcache"
_TOOLS = {"ip": "iproute2", "nft": "nftables", "nsenter": "util-linux"}
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_RANDOM = random.SystemRandom()


class NotPossibleError(Exception):
    """This machine has no such networks; the message says why."""


class Vpc:
    """Networks that are there until `close`, or until this process ends, however it does."""

    def __init__(self) -> None:
        """With nobody let in anywhere. Raises NotPossibleError."""
        _check_tools()
        self._joined: dict[IPv4Address, Namespace] = {}
        self._lock = threading.RLock()
        try:
            self._network = Namespace.create()
            try:
                self._part = self._claim()
                self._begin_to_route()
                self.let_in({}, [])
                self.stranger = self._added(self.stranger_address)
            except BaseException:
                self.close()
                raise
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotPossibleError(_reason(error)) from error

    def close(self) -> None:
        """Gives them up. This machine's link goes with the VPC, a moment after the last who was in it."""
        for address in list(self._joined):
            self.leave(address)
        self._network.close()

    @property
    def clients(self) -> IPv4Network:
        """The network that this machine is in."""
        return IPv4Network((self._part.network_address, _NETWORK))

    @property
    def address(self) -> IPv4Address:
        """Where AWS is found, from everywhere."""
        return self._part[1]

    @property
    def stranger_address(self) -> IPv4Address:
        """That of whoever is in the namespace `stranger`."""
        return self._part[256 + 2]

    def entered(self) -> AbstractContextManager[None]:
        """For sockets that are to listen at its address."""
        return self._network.entered()

    def join(self) -> tuple[IPv4Address, Namespace]:
        """A new network interface: its address, and a namespace in which there is nothing else. Raises OSError."""
        with self._lock:
            address = self._free()
            return address, self._added(address)

    def leave(self, address: IPv4Address) -> None:
        """Gives an interface up; it is gone once nothing runs there."""
        with self._lock:
            self._joined.pop(address).close()

    def take(self) -> Address:
        """The same as `join`, for a task. Raises OSError."""
        address, namespace = self.join()
        return Address(str(address), TASK_PORT, namespace.enter)

    def give_back(self, address: Address) -> None:
        self.leave(IPv4Address(address.host))

    def let_in(self, sets: Mapping[str, Iterable[str]], rules: Iterable[str]) -> None:
        """From now on these rules decide who may begin to speak to whom, in place of those before.

        Each is what nftables accepts, such as `ip daddr @set tcp dport 6379`; the sets are of addresses. What is under
        way goes on.
        """
        self._network.run("nft", "-f", "-", given=_table(sets, rules))

    def _claim(self) -> IPv4Network:
        """A part of the range that no other stack has: this machine's link to the VPC has its number."""
        parts = list(enumerate(_RANGE.subnets(new_prefix=_PART)))
        for number, part in random.SystemRandom().sample(parts, len(parts)):
            link = f"{_LINK}{number}"
            if _has(link):
                continue
            try:
                _ip("link", "add", link, "type", "veth", "peer", "name", "clients", "netns", self._network.path)
            except subprocess.CalledProcessError:
                if _has(link):
                    continue  # another stack was faster
                raise
            _ip("address", "add", f"{part[2]}/{_NETWORK}", "dev", link)
            _ip("link", "set", link, "up")
            _ip("route", "add", str(part), "via", str(part[1]), "dev", link)
            return part
        raise NotPossibleError(f"other stacks have all of {_RANGE}: stop one of them")

    def _begin_to_route(self) -> None:
        self._batch(
            self._network,
            "link set lo up",
            f"address add {self.address}/{_NETWORK} dev clients",
            "link set clients up",
        )
        with self._network.entered():
            _FORWARDING.write_text("1")

    def _added(self, address: IPv4Address) -> Namespace:
        self._joined[address] = namespace = Namespace.create()
        try:
            self._connect(address, namespace)
        except subprocess.CalledProcessError as error:
            self.leave(address)
            raise OSError(_reason(error)) from error
        return namespace

    def _free(self) -> IPv4Address:
        """An address for a task or a function."""
        first, last = int(self._part[2 * 256]), int(self._part[-2])
        if len(self._joined) > last - first:
            raise OSError(f"no address of {self._part} is free")
        while (address := IPv4Address(_RANDOM.randint(first, last))) in self._joined:
            continue
        return address

    def _connect(self, address: IPv4Address, namespace: Namespace) -> None:
        """Gives a namespace this address, and the VPC as its only neighbour."""
        link = f"to{int(address) - int(self._part[0])}"
        self._batch(
            namespace,
            "link set lo up",
            f"link add eth0 type veth peer name {link} netns {self._network.path}",
            f"address add {address}/32 dev eth0",
            "link set eth0 up",
            f"route add default via {self.address} dev eth0 onlink",
        )
        self._batch(self._network, f"link set {link} up", f"route add {address}/32 dev {link}")

    @staticmethod
    def _batch(namespace: Namespace, *commands: str) -> None:
        namespace.run("ip", "-batch", "-", given="\n".join(commands) + "\n")


def _check_tools() -> None:
    if sys.platform != "linux":
        raise NotPossibleError("this takes network namespaces, which only Linux has")
    path = search_path()["PATH"]
    if missing := [package for tool, package in _TOOLS.items() if shutil.which(tool, path=path) is None]:
        raise NotPossibleError(f"please install {' '.join(missing)} with your package manager")


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, PermissionError):
        return "only root may make network namespaces; docs/local-stack.md says how it goes without"
    if isinstance(error, subprocess.CalledProcessError):
        return f"this system refused it ({error.cmd[-1]}: {str(error.stderr).strip().partition(chr(10))[0]})"
    return f"this system refused it ({error.strerror})"


def _ip(*words: str) -> None:
    """In this machine's own network."""
    run_to_its_end("ip", *words)


def _has(link: str) -> bool:
    return Path("/sys/class/net", link).exists()


def _table(sets: Mapping[str, Iterable[str]], rules: Iterable[str]) -> str:
    """For `nft`, which takes it as one change."""
    lines = ["table ip swiftcache", "delete table ip swiftcache", "table ip swiftcache {"]
    for name, addresses in sets.items():
        elements = ", ".join(addresses)
        lines.append(f"  set {name} {{ type ipv4_addr; {f'elements = {{ {elements} }};' if elements else ''} }}")
    lines += ["  chain between {", "    type filter hook forward priority 0; policy drop;"]
    lines.append("    ct state established,related accept")
    lines += [f"    {rule} accept" for rule in rules]
    return "\n".join([*lines, "  }", "}", ""])
