"""`make preflight` at the stack's endpoint, with the parameters that `make run` itself deployed with."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.documented import need
from tests.e2e.stack import PROJECT, Stack

Ran = subprocess.CompletedProcess[str]

IMAGES = ["RedisImage", "ValkeyImage", "FetchImage"]
"""What fails in a private network: there they must be in ECR, and those of `make run` are in no registry."""


def preflight(stack: Stack, *words: str) -> Ran:
    """The command as a person runs it, with any credentials."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": stack.facts["awsEndpointUrl"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}",
    }
    return subprocess.run(
        [sys.executable, "-m", "local.preflight", *words],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def deployed(stack: Stack) -> list[str]:
    """The parameters of the stack, as words."""
    [found] = stack.aws("cloudformation").describe_stacks(StackName="swiftcache")["Stacks"]
    return [f"{item['ParameterKey']}={item['ParameterValue']}" for item in found["Parameters"]]


def test_nothing_fails_with_what_make_run_deploys(stack: Stack, deployed: list[str]) -> None:
    done = preflight(stack, "StackName=swiftcache", *deployed)
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["looked", "at", "found"], done.stdout + done.stderr
    wrong = IMAGES if stack.is_private else []
    assert [row.split()[2] for row in rows if row.startswith("FAIL")] == wrong
    assert rows[-1].startswith(f"{len(wrong)} FAIL, ")
    assert done.returncode == min(len(wrong), 1)
    assert "OK    stack                 swiftcache is CREATE_COMPLETE: it will be updated" in rows
    assert "OK    certificate's name    *.redis.swiftcache.test" in rows


def test_programs_read_the_same_as_json(stack: Stack, deployed: list[str]) -> None:
    found: dict[str, Any] = json.loads(preflight(stack, "--json", *deployed).stdout)
    assert found["ok"] is not stack.is_private
    assert {line["status"] for line in found["lines"]} <= {"OK", "WARN", "FAIL"}
    wrong = IMAGES if stack.is_private else []
    assert [line["found"].split()[0] for line in found["lines"] if line["status"] == "FAIL"] == wrong
    assert {"subject", "status", "found", "advice", "command"} == set(found["lines"][0])


def test_a_zone_that_is_not_there_ends_with_1(stack: Stack, deployed: list[str]) -> None:
    done = preflight(stack, *deployed, "HostedZoneId=Z0123")
    assert done.returncode == 1
    assert "FAIL  hosted zone           this account has none with the id Z0123" in done.stdout


def test_a_parameter_that_the_template_does_not_have_ends_with_2(stack: Stack) -> None:
    done = preflight(stack, "Domain=swiftcache.test")
    assert (done.returncode, done.stdout) == (2, "")
    assert "preflight: there is no Domain; there are StackName, Region, " in done.stderr


def test_make_passes_on_what_it_is_given() -> None:
    need("make")
    words = ["preflight", "VENV=venv", "INSTANCES=50", "ARGS=DomainName=example.com --json"]
    planned = subprocess.run(
        ["make", "-n", "--no-print-directory", *words], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert planned.stdout.splitlines()[-1] == (
        "venv/bin/python -m local.preflight Instances=50 DomainName=example.com --json"
    )
