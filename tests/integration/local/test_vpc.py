"""A VPC of network namespaces: who reaches whom in it, with real packets, and that nothing is left of it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from local.aws.addresses import Address
from local.networks.vpc import NotPossibleError, Vpc
from tests.knocks import OPEN, REFUSED, SILENT, knock


@pytest.fixture(scope="module")
def vpc() -> Iterator[Vpc]:
    try:
        made = Vpc()
    except NotPossibleError as reason:
        pytest.skip(f"strangers cannot be kept out here: {reason}")
    yield made
    made.close()


def test_a_tool_is_not_ended_by_ctrl_c_at_the_terminal_of_the_stack(vpc: Vpc) -> None:
    vpc.stranger.run(sys.executable, "-c", f"import os; assert os.getsid(0) != {os.getsid(0)}")


@contextmanager
def listening(vpc: Vpc) -> Iterator[tuple[Address, socket.socket]]:
    """A task, which is in this process but for its socket."""
    address = vpc.take()
    with vpc._joined[IPv4Address(address.host)].entered():
        server = socket.create_server((address.host, address.port))
    with server:
        yield address, server
    vpc.give_back(address)


@contextmanager
def task(vpc: Vpc) -> Iterator[Address]:
    with listening(vpc) as (address, _):
        yield address


def reached(address: Address, enter: Sequence[str] = (), port: int | None = None) -> str:
    """By this machine unless told otherwise."""
    return knock(address.host, port or address.port, enter)


def test_nobody_gets_in_unless_a_rule_says_so(vpc: Vpc) -> None:
    vpc.let_in({}, [])
    with task(vpc) as address:
        assert (reached(address), reached(address, vpc.stranger.enter)) == (SILENT, SILENT)


def test_a_rule_lets_in_a_network_to_a_port_and_nobody_else_to_no_other(vpc: Vpc) -> None:
    with task(vpc) as address, task(vpc) as other:
        vpc.let_in({"a": [address.host]}, [f"ip daddr @a ip saddr {vpc.clients} tcp dport 6379"])
        assert reached(address) == OPEN
        assert reached(address, vpc.stranger.enter) == reached(address, other.enter) == SILENT
        assert reached(address, port=6380) == reached(other) == SILENT


def test_a_rule_lets_in_the_members_of_a_set(vpc: Vpc) -> None:
    with task(vpc) as address, task(vpc) as member:
        vpc.let_in({"a": [address.host], "b": [member.host]}, ["ip daddr @a ip saddr @b tcp dport 6379-6380"])
        assert reached(address, member.enter) == OPEN
        assert reached(address, member.enter, port=6380) == REFUSED
        assert reached(address) == SILENT


def test_a_change_of_rules_counts_at_once_and_closes_nothing(vpc: Vpc) -> None:
    with listening(vpc) as (address, server):
        vpc.let_in({"a": [address.host]}, [f"ip daddr @a ip saddr {vpc.clients}"])
        with socket.create_connection((address.host, address.port), 5) as before, server.accept()[0] as accepted:
            vpc.let_in({"a": [address.host]}, [f"ip daddr @a ip saddr {vpc.stranger_address}"])
            assert (reached(address), reached(address, vpc.stranger.enter)) == (SILENT, OPEN)
            before.sendall(b"still here")
            accepted.settimeout(5)
            assert accepted.recv(100) == b"still here"


def test_a_socket_that_listens_at_the_vpcs_address_is_reached_from_everywhere(vpc: Vpc) -> None:
    vpc.let_in({}, [])
    with vpc.entered():
        server = socket.create_server((str(vpc.address), 0))
    with server, task(vpc) as one:
        aws = Address(*server.getsockname())
        assert [reached(aws), reached(aws, one.enter), reached(aws, vpc.stranger.enter)] == [OPEN] * 3


def test_two_vpcs_have_nothing_in_common(vpc: Vpc) -> None:
    second = Vpc()
    try:
        assert not vpc.clients.overlaps(second.clients)
        with task(second) as address:
            second.let_in({"a": [address.host]}, ["ip daddr @a"])
            assert reached(address) == OPEN
            assert reached(address, vpc.stranger.enter) != OPEN
    finally:
        second.close()


@pytest.mark.usefixtures("vpc")  # which says whether there can be one
def test_nothing_is_left_of_a_vpc_whose_process_is_killed() -> None:
    code = "from local.networks.vpc import Vpc; import os; Vpc(); os.kill(os.getpid(), 9)"
    before = links()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    deadline = time.monotonic() + 20
    while links() - before:
        assert time.monotonic() < deadline, links() - before
        time.sleep(0.05)


def test_who_is_root_of_a_user_namespace_alone_keeps_strangers_out_too() -> None:
    own = ("unshare", "--user", "--map-root-user", "--net")
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
        pytest.skip("users may make no namespaces here")
    code = "from local.networks.vpc import Vpc; print(Vpc().clients)"
    made = subprocess.run([*own, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.startswith("198.19.")


def links() -> set[str]:
    return {link.name for link in Path("/sys/class/net").iterdir() if link.name.startswith("swiftcache")}


@pytest.mark.parametrize(
    ("platform", "path", "reason"),
    [("darwin", None, "only Linux has"), ("linux", "/nowhere", "please install iproute2 nftables util-linux")],
)
def test_a_machine_that_cannot_says_why(
    monkeypatch: pytest.MonkeyPatch, platform: str, path: str | None, reason: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    if path:
        monkeypatch.setattr("local.networks.vpc.search_path", lambda: {"PATH": path})
    with pytest.raises(NotPossibleError, match=reason):
        Vpc()


def test_who_may_not_make_namespaces_is_told_so_and_stays_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str, *_arguments: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("local.networks.vpc._check_tools", lambda: None)
    monkeypatch.setattr("local.networks.namespace._call", refuse)
    here = Path("/proc/thread-self/ns/net").readlink()
    with pytest.raises(NotPossibleError, match="only root may make network namespaces"):
        Vpc()
    assert Path("/proc/thread-self/ns/net").readlink() == here
