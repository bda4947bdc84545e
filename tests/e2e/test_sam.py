"""A stack that listens for containers gives SAM what it needs; here a process takes the container's place.

It is started with the very code, environment and event. `tests/container/test_sam.py` has the container.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sam import libraries
from tests.e2e.stack import PROJECT, Stack
from tests.infrastructure.test_invoke_page import events_in_a_container

ADDRESS = "127.0.0.2"
"""For Docker's bridge, which not every machine has."""

HANDLE = """\
import json, sys
from app import handler
from tests.samples import a_lambda_context
for event in sys.argv[2:]:
    try:
        answer = handler(json.load(open(event)), a_lambda_context(sys.argv[1], 10))
        print("ANSWER", json.dumps(answer))
    except Exception as error:
        print("ERROR", type(error).__name__)
"""

EVENTS = events_in_a_container()


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("sam") / "home"
    # As a first start does, which takes as long as the registry takes.
    for folder in (PROJECT / "layers" / "shared", PROJECT / "functions" / "renew_certificate"):
        libraries.layer(home / "layers", folder, "python3.13", "x86_64")
    with Stack(home, containers=ADDRESS) as stack:
        yield stack


def read(stack: Stack, name: str) -> Any:
    return json.loads((stack.home / "sam" / name).read_text())


def invoke(stack: Stack, function: str, *events: str) -> list[tuple[str, str]]:
    """Runs a function with what SAM would give to its container; for each event `ANSWER` or `ERROR`, and which."""
    properties = read(stack, "template.json")["Resources"][function]["Properties"]
    paths = [properties["CodeUri"], *(str(PROJECT / part) for part in ("layers/shared", ""))]
    environment = {
        **read(stack, "env.json")[function],
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(paths),
    }
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            HANDLE,
            function,
            *(str(stack.home / "sam" / "events" / f"{each}.json") for each in events),
        ],
        cwd=properties["CodeUri"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return re.findall("^(ANSWER|ERROR) (.*)$", done.stdout, re.MULTILINE)


def test_an_event_of_sam_creates_an_instance_in_the_running_stack(listening: Stack) -> None:
    [(_, said)] = invoke(listening, "ApiFunction", "create_instance")
    answer = json.loads(said)
    assert answer["statusCode"] == 201, answer
    created = json.loads(answer["body"])
    assert created["instance"]["organizationId"] == listening.api.organization_id
    instance = listening.api.wait(created["instance"]["id"])
    with listening.redis(instance, created["createdDefaultKey"]["plainTextKey"]) as client:
        assert client.ping()
    assert listening.api.delete(instance["id"]).status_code == 202


@pytest.mark.parametrize("function", sorted(EVENTS.keys() - {"ApiFunction"}))
def test_every_event_that_a_container_can_take_is_taken_or_is_not_wanted_any_more(
    listening: Stack, function: str
) -> None:
    said = invoke(listening, function, *EVENTS[function])
    assert len(said) == len(EVENTS[function])
    assert [error for kind, error in said if kind == "ERROR" and not error.endswith("Superseded")] == []


def test_every_request_that_a_container_can_take_is_answered_as_the_organizations_own(listening: Stack) -> None:
    answers = [json.loads(said) for _, said in invoke(listening, "ApiFunction", *EVENTS["ApiFunction"])]
    assert len(answers) == len(EVENTS["ApiFunction"])
    statuses = dict(zip(EVENTS["ApiFunction"], (answer["statusCode"] for answer in answers), strict=True))
    assert {event: status for event, status in statuses.items() if status in (401, 403) or status >= 500} == {}
    assert {statuses[event] for event in ("get_organization", "list_instances", "list_members")} == {200}


def test_containers_are_told_the_address_that_was_given_for_them(listening: Stack) -> None:
    [url] = {environment["AWS_ENDPOINT_URL"] for environment in read(listening, "env.json").values()}
    assert url.startswith(f"http://{ADDRESS}:")
    assert url != listening.facts["awsEndpointUrl"]


def test_make_run_shows_the_line_for_sam_where_it_listens_for_containers(listening: Stack, stack: Stack) -> None:
    assert "sam local invoke ApiFunction" in listening.printed
    assert "sam local invoke" not in stack.printed


def test_a_stack_that_nobody_asked_to_listen_for_containers_gives_sam_nothing(stack: Stack) -> None:
    assert not (stack.home / "sam").exists()


def test_what_sam_was_given_is_gone_with_its_stack(tmp_path: Path, listening: Stack) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "layers").symlink_to(listening.home / "layers")
    with Stack(tmp_path / "home", containers=ADDRESS) as second:
        assert (second.home / "sam" / "events").exists()
    assert not (second.home / "sam").exists()


def test_an_address_that_this_machine_does_not_have_is_told_in_one_line(tmp_path: Path, listening: Stack) -> None:
    refused = Stack(tmp_path / "home", containers="192.168.255.254")
    refused.launch()
    assert refused.process.wait(60) == 1
    assert "CONTAINERS=192.168.255.254: nothing can listen there" in refused.printed.splitlines()[-1]
    assert not (refused.home / "sam").exists()
