"""`python -m local` as a person runs it: what it announces, how it refuses, and that nothing outlives it."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from dnslib import DNSRecord

ROOT = Path(__file__).parents[3]
PYTHONPATH = os.pathsep.join([str(ROOT / "layers/shared"), str(ROOT)])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Running:
    """A stack in a session of its own, so that every process of it can be found."""

    home: Path
    port: int
    process: subprocess.Popen[str]

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.home / "local.json").read_text())
        return facts

    def welcome(self) -> str:
        """Waits until the stack is up, and returns what it printed."""
        assert self.process.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("curl -sS -X DELETE")):
            lines.append(self.process.stdout.readline())
            assert lines[-1], "".join(lines)
        return "".join(lines)

    def end(self, number: int) -> int:
        """Sends a signal and returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def processes(self) -> set[int]:
        """Every process of the stack's session that is not a zombie."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == self.process.pid and fields[0] != "Z":
                found.add(int(stat.parent.name))
        return found


Start = Callable[..., Running]


def launch(home: Path, port: int) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHONPATH,
            "PORT": str(port),
            "SWIFTCACHE_HOME": str(home),
            "WARM_POOL": "",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Running(home, port, process)


def clean_up(stack: Running) -> None:
    if stack.process.poll() is None:
        stack.end(signal.SIGTERM)
    assert stack.process.stdout is not None
    stack.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def start_one(home: str = "home", port: int | None = None) -> Running:
        started.append(launch(tmp_path / home, free_port() if port is None else port))
        return started[-1]

    yield start_one
    for stack in started:
        clean_up(stack)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack that is up, for tests that leave it as it was."""
    running = launch(tmp_path_factory.mktemp("stack") / "home", free_port())
    running.welcome()
    yield running
    clean_up(running)


def ask(stack: Running, method: str, path: str, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {stack.facts['token']}"}
    return requests.request(method, stack.facts["apiUrl"] + path, headers=headers, timeout=30, **more)


def create(stack: Running) -> dict[str, Any]:
    """Creates an instance, and returns the answer once it is RUNNING."""
    body = {
        "organizationId": stack.facts["organizationId"],
        "name": "my-cache",
        "maxMemory": 10 * 1024 * 1024,
        "region": "eu-central",
    }
    created: dict[str, Any] = ask(stack, "POST", "/api/v1/instances", json=body).json()
    path = f"/api/v1/instances/{created['instance']['id']}"

    def is_running() -> bool:
        created["instance"] = ask(stack, "GET", path).json()["instance"]
        assert created["instance"]["status"] in ("PROVISIONING", "RUNNING"), created["instance"]["error"]
        return bool(created["instance"]["status"] == "RUNNING")

    await_condition(is_running)
    return created


def address_of(stack: Running, hostname: str) -> str:
    host, port = stack.facts["dns"].split(":")
    return str(DNSRecord.parse(DNSRecord.question(hostname).send(host, int(port), timeout=5)).rr[0].rdata)


def test_the_announcement_has_the_agreed_facts(stack: Running) -> None:
    facts = stack.facts

    assert facts.keys() == {"apiUrl", "organizationId", "token", "caFile", "dns", "awsEndpointUrl", "consoleUrl", "pid"}
    assert facts["apiUrl"] == f"http://127.0.0.1:{stack.port}"
    assert facts["pid"] == stack.process.pid
    assert facts["organizationId"].startswith("org_")
    assert facts["token"].startswith("sk_live_")
    assert Path(facts["caFile"]).read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_the_first_key_opens_the_first_organization(stack: Running) -> None:
    reply = ask(stack, "GET", f"/api/v1/instances?organizationId={stack.facts['organizationId']}")

    assert (reply.status_code, reply.json()["instances"]) == (200, [])


def test_the_substitutes_show_the_deployed_resources(stack: Running) -> None:
    session = boto3.Session("any", "any", region_name="eu-central-1")
    tables = session.client("dynamodb", endpoint_url=stack.facts["awsEndpointUrl"]).list_tables()["TableNames"]

    assert len(tables) == 1


def test_an_instance_is_reached_by_its_name_over_verified_tls(stack: Running) -> None:
    created = create(stack)
    hostname = created["instance"]["hostname"]
    context = ssl.create_default_context(cafile=stack.facts["caFile"])

    with (
        socket.create_connection((address_of(stack, hostname), created["instance"]["port"]), 10) as plain,
        context.wrap_socket(plain, server_hostname=hostname) as tls,
    ):
        tls.sendall(f"AUTH {created['createdDefaultKey']['plainTextKey']}\r\nPING\r\n".encode())
        assert tls.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
    ask(stack, "DELETE", f"/api/v1/instances/{created['instance']['id']}")


def test_a_home_in_use_is_refused_in_one_line(stack: Running) -> None:
    second = launch(stack.home, free_port())

    output, _ = second.process.communicate(timeout=30)

    assert second.process.returncode == 1
    assert output == (
        f"swiftcache: {stack.home} is in use by the stack with process id {stack.process.pid}; "
        "stop it, or start a second one with SWIFTCACHE_HOME=<folder> PORT=<port>\n"
    )


def test_a_port_in_use_is_refused_in_one_line(start: Start, stack: Running) -> None:
    second = start(port=stack.port)

    output, _ = second.process.communicate(timeout=30)

    assert second.process.returncode == 1
    assert output == (
        f"swiftcache: port {stack.port} of 127.0.0.1 cannot be used (Address already in use); "
        f"choose another: make run PORT={stack.port + 1}\n"
    )
    assert not (second.home / "local.json").exists()


def test_two_stacks_run_side_by_side(start: Start, stack: Running) -> None:
    second = start()
    second.welcome()

    first_instance, second_instance = create(stack)["instance"], create(second)["instance"]

    assert ask(stack, "GET", f"/api/v1/instances/{second_instance['id']}").status_code == 404
    assert address_of(stack, first_instance["hostname"]) != address_of(second, second_instance["hostname"])
    ask(stack, "DELETE", f"/api/v1/instances/{first_instance['id']}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_stops_everything(start: Start, number: int) -> None:
    stack = start()
    stack.welcome()
    instance = create(stack)["instance"]
    address = address_of(stack, instance["hostname"])
    assert len(stack.processes()) > 3

    assert stack.end(number) == 0

    await_condition(lambda: not stack.processes())
    assert not (stack.home / "local.json").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, instance["port"]), timeout=5)


def test_a_signal_during_the_start_stops_everything(start: Start) -> None:
    stack = start()
    assert stack.process.stdout is not None
    assert stack.process.stdout.readline() == "swiftcache: loading the AWS substitutes\n"

    assert stack.end(signal.SIGTERM) == 0

    await_condition(lambda: not stack.processes())


def test_a_killed_stack_is_followed_by_a_clean_one(start: Start) -> None:
    killed = start()
    killed.welcome()
    instance = create(killed)["instance"]
    left_by_killed = (killed.facts, Path(killed.facts["caFile"]).read_text())
    address = address_of(killed, instance["hostname"])
    killed.end(signal.SIGKILL)

    following = start()
    following.welcome()

    facts = following.facts
    assert facts["pid"] == following.process.pid
    assert facts["token"] != left_by_killed[0]["token"]
    assert Path(facts["caFile"]).read_text() == left_by_killed[1]
    await_condition(lambda: not killed.processes())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, instance["port"]), timeout=5)


def test_the_lines_to_paste_work(start: Start) -> None:
    stack = start()
    lines = stack.welcome()
    lines = lines[lines.index("\n. ") :]

    done = subprocess.run(["bash", "-euc", lines], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert done.stderr == ""
    assert done.stdout.startswith('OK\n{"message":"Instance deletion initiated"')


def refusal(**environment: str) -> str:
    """What a stack says on standard error that does not even begin to start."""
    done = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={"PYTHONPATH": PYTHONPATH, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_port_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    assert refusal(PORT="http", SWIFTCACHE_HOME=str(tmp_path)) == (
        "swiftcache: PORT=http is no port; choose one between 1 and 65535, for instance PORT=8080\n"
    )


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("docker0", "is no address"),
        ("0.0.0.0", "would let more than containers in"),
        ("198.51.100.7.1", "is no address"),
        ("8.8.8.8", "would let more than containers in"),
    ],
)
def test_an_address_that_is_not_for_containers_alone_is_refused_in_one_line(
    tmp_path: Path, address: str, why: str
) -> None:
    assert refusal(CONTAINERS=address, SWIFTCACHE_HOME=str(tmp_path)) == (
        f"swiftcache: CONTAINERS={address} {why}; "
        "choose this machine's in their network, with Docker mostly CONTAINERS=172.17.0.1\n"
    )


def test_a_network_that_there_is_not_is_refused_in_one_line(tmp_path: Path) -> None:
    assert refusal(NETWORK="secret", SWIFTCACHE_HOME=str(tmp_path)) == (
        "swiftcache: NETWORK=secret; choose NETWORK=private or NETWORK=public, which it is without\n"
    )


def await_condition(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
