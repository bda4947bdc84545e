"""The example of docs/events.md: a rule with a function, and a pipe, in a stack that listens to the bus.

The local stack delivers from rules to queues. It has no Lambda that a rule could call and no pipes that move anything.
So the function is called by the test, with what the declared rule let through; and of the pipe it is looked at what it
is given, and that AWS knows the parameters by these names.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from local import template as templates
from tests.e2e.api import Api
from tests.e2e.cloudformation import loaded
from tests.e2e.stack import PROJECT, Stack

EXAMPLE = PROJECT / "docs" / "examples" / "events"
RESOURCES: dict[str, dict[str, Any]] = templates.read(EXAMPLE / "template.yaml").expanded["Resources"]
SECONDS = 20


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


@contextmanager
def heard(stack: Stack, rule: str) -> Iterator[Any]:
    """What comes to a queue by the declared rule, and says `wait(count)`."""
    sqs, events, bus = stack.aws("sqs"), stack.aws("events"), stack.outputs()["EventBusName"]
    url = sqs.create_queue(QueueName=rule)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(properties(rule)["EventPattern"]))
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def wait(organization_id: str, count: int) -> list[dict[str, Any]]:
        deadline, found = time.monotonic() + SECONDS, list[dict[str, Any]]()
        while len(found) < count:
            assert time.monotonic() < deadline, f"after {SECONDS} s only {found} was heard"
            got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
            events_ = [json.loads(message["Body"]) for message in got]
            found += [event for event in events_ if event["detail"]["organizationId"] == organization_id]
        return found

    try:
        yield wait
    finally:
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=["queue"])
        events.delete_rule(Name=rule, EventBusName=bus)


def test_the_rules_function_is_given_an_instance_that_came_to_run_and_says_where(stack: Stack, api: Api) -> None:
    with heard(stack, "TellCameToRunOrFailed") as wait:
        created = api.create()
        hostname = api.wait(created.id)["hostname"]
        [event] = [event for event in wait(api.organization_id, 1) if event["detail"]["instanceId"] == created.id]
        api.delete(created.id)
    told = loaded(EXAMPLE / "tell" / "app.py").handler(event, None)
    assert told == {"event": event["detail"]["id"], "text": f"{created.id} is RUNNING: {hostname}"}


def test_the_pipes_queue_is_given_a_key_that_is_made_and_revoked_and_all_that_the_log_is_to_have(
    stack: Stack, api: Api
) -> None:
    created = api.create()
    api.wait(created.id)
    with heard(stack, "KeysChanged") as wait:
        key = api.send("POST", f"/instances/{created.id}/keys", json={"name": "worker"}).json()["createdKey"]
        api.send("DELETE", f"/instances/{created.id}/keys/{key['id']}")
        events = wait(api.organization_id, 2)
    api.delete(created.id)
    assert sorted(event["detail"]["action"] for event in events) == ["instance.key.created", "instance.key.revoked"]
    assert key["plainTextKey"] not in json.dumps(events)
    for event in events:
        line = json.loads(logged(event))
        assert (line["id"], line["actor"]) == (event["detail"]["id"], event["detail"]["actor"])


def logged(event: dict[str, Any]) -> str:
    """The pipe's template with what it asks for: a string where quotes are around it, and JSON where none are."""

    def value(path: str) -> Any:
        found: Any = {"body": event}
        for name in path.split("."):
            found = found[name]
        return found

    template = properties("LogChangesOfKeys")["TargetParameters"]["InputTemplate"]
    quoted = re.sub(r'"<\$\.([\w.]+)>"', lambda found: json.dumps(str(value(found[1]))), template)
    return re.sub(r"<\$\.([\w.]+)>", lambda found: json.dumps(value(found[1])), quoted)


def test_aws_knows_the_pipes_parameters_by_these_names(stack: Stack) -> None:
    given = properties("LogChangesOfKeys")
    arns = {name: f"arn:aws:sqs:eu-central-1:123456789012:{name}" for name in ("Source", "Target")}
    role = {"RoleArn": "arn:aws:iam::123456789012:role/pipe"}
    pipes = stack.aws("pipes")
    made = pipes.create_pipe(Name="log-changes-of-keys", **(given | arns | role))
    assert made["DesiredState"] == "RUNNING"
    pipes.delete_pipe(Name="log-changes-of-keys")
    with pytest.raises(ParamValidationError, match="InputTemplates"):
        pipes.create_pipe(Name="none", **(given | arns | role | {"TargetParameters": {"InputTemplates": "{}"}}))
