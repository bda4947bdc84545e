"""The guide's lines for `sam local invoke`, where a Docker engine, the SAM CLI and an image are there."""

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sam.image import wanted
from tests.container.engine import docker, missing
from tests.e2e.documented import blocks, session
from tests.e2e.stack import PROJECT, Stack
from tests.expanded import expanded

SAM = Path(f"{sys.prefix}-sam") / "bin"
"""Where make puts the SAM CLI."""

if why := missing():
    pytest.skip(f"functions in a container of SAM: {why}", allow_module_level=True)
if not (SAM / "sam").exists():
    pytest.skip("functions in a container of SAM: no SAM CLI; make check prepares it", allow_module_level=True)

pytestmark = [pytest.mark.xdist_group("container"), pytest.mark.timeout(600)]

SHOWN = [session(block).typed for block in blocks(PROJECT / "docs" / "invoke.md", "console")]
SUBNET = ("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}")
"""Its gateway, which is this machine, a new engine does not tell: it is the first address."""


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """The base image: the one that is there, or one of this machine's Python."""
    name = wanted(expanded()).image
    if docker("images", "--quiet", name):
        yield name
        return
    if subprocess.run(["python3.13", "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"functions in a container of SAM: neither {name} nor python3.13 is there")
    subprocess.run([sys.executable, "-m", "local.sam.image"], cwd=PROJECT, check=True, timeout=300)
    yield name
    docker("rmi", name)


@pytest.fixture(scope="module")
def stack(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    assert image
    address = str(ipaddress.ip_network(docker(*SUBNET))[1])
    with Stack(tmp_path_factory.mktemp("sam") / "home", containers=address) as running:
        yield running


def typed(stack: Stack, line: str, **names: str) -> dict[str, Any]:
    """What the function answers to a line of the guide, typed in the project's folder."""
    done = subprocess.run(
        ["bash", "-euc", line.replace(".swiftcache/", f"{stack.home}/")],
        cwd=PROJECT,
        env={**os.environ, **names, "PATH": f"{SAM}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_line_for_sam_creates_an_instance_in_the_running_stack(stack: Stack) -> None:
    answer = typed(stack, SHOWN[0])
    assert answer["statusCode"] == 201, answer
    created = json.loads(answer["body"])["instance"]
    assert created["organizationId"] == stack.api.organization_id
    assert stack.api.wait(created["id"])["status"] == "RUNNING"
    found = json.loads(typed(stack, SHOWN[1], ID=created["id"])["body"])["instance"]
    assert (found["id"], found["status"]) == (created["id"], "RUNNING")
    assert stack.api.delete(created["id"]).status_code == 202


def test_a_step_of_a_machine_that_sam_runs_finds_the_running_stacks_records(stack: Stack) -> None:
    line = SHOWN[0].replace("ApiFunction", "RecordStatusFunction").replace("create_instance", "mark_running")
    assert typed(stack, line)["errorType"] == "InstanceSuperseded"


def test_a_function_with_libraries_of_its_own_finds_them_in_the_container(stack: Stack) -> None:
    line = SHOWN[0].replace("ApiFunction", "RenewCertificateFunction").replace("create_instance", "renew_certificate")
    assert "certificate" in typed(stack, line)
