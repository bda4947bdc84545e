"""ECS's events as what is waited for, and the machines' input."""

import json
from pathlib import Path
from typing import Any

import pytest

from swiftcache.callbacks.model import Subject
from swiftcache.callbacks.step_input import awaited_task, observed_task, task_subject

EVENTS = Path(__file__).parents[3] / "events"


def detail(**different: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / "task_stopped.json").read_text())["detail"]
    return found | different


def test_a_stopped_task_is_observed_with_its_reason() -> None:
    observed = observed_task(detail(version=7, stoppedReason="it had to"))
    assert observed is not None
    subject, observation = observed
    assert subject == task_subject("inst_abc123xyz", detail()["taskArn"])
    assert (observation.status, observation.version, observation.cause) == ("STOPPED", 7, "it had to")


def test_a_task_tells_its_interface() -> None:
    attachments = [{"details": [{"name": "networkInterfaceId", "value": "eni-1"}]}]
    observed = observed_task(detail(lastStatus="PENDING", attachments=attachments, version=2))
    assert observed is not None
    assert (observed[1].status, observed[1].details) == ("PENDING", {"networkInterfaceId": "eni-1"})


def test_a_task_that_pends_without_an_interface_is_not_there_yet() -> None:
    observed = observed_task(detail(lastStatus="PENDING", attachments=[], version=2))
    assert observed is not None
    assert observed[1].status == "PROVISIONING"


def test_a_port_that_is_bound_to_another_is_told() -> None:
    containers = [{"networkBindings": [{"containerPort": 6379, "hostPort": 40001}]}]
    observed = observed_task(detail(containers=containers, version=2))
    assert observed is not None
    assert observed[1].details["port"] == 40001


@pytest.mark.parametrize("group", ["family:another", "service:swiftcache-inst_a1", ""])
def test_a_task_of_somebody_else_is_not_observed(group: str) -> None:
    assert observed_task(detail(startedBy="ecs-svc/1", group=group, version=2)) is None


def test_a_machine_waits_for_a_condition_of_a_task() -> None:
    event = {"instanceId": "inst_a1", "task": "arn", "until": "RUNNING", "taskToken": "t", "interruptible": False}
    subject, wait = awaited_task(event)
    assert subject == Subject("inst_a1", "TASK#arn")
    assert (wait.token, wait.until, wait.interruptible) == ("t", ("RUNNING",), False)
