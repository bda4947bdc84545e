"""Where the secrets of one life are: looked for wherever a text is kept, while it runs and after it is gone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from tests.e2e.api import Api
from tests.e2e.leftovers import pages
from tests.e2e.stack import Stack

Texts = dict[str, str]
"""What was found, by where it was found."""

EVENT_COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Life:
    """The secrets that one life had, and the texts that were found in the stack while it ran and afterwards."""

    key: str
    account_key: str
    control_password: str
    private_key_line: str
    texts: Texts

    def places_of(self, secret: str, *kinds: str) -> list[str]:
        """Where a text is, among these kinds of places; among all of them if none is named."""
        return [place for place, text in self.texts.items() if secret in text and place.startswith(kinds or "")]


@pytest.fixture(scope="module")
def queue(stack: Stack) -> Iterator[str]:
    """The address of a queue that hears every event of both buses."""
    sqs, events = stack.aws("sqs"), stack.aws("events")
    url = sqs.create_queue(QueueName="overheard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    buses = ("default", stack.outputs()["EventBusName"])
    for bus in buses:
        events.put_rule(Name="overhear", EventBusName=bus, EventPattern=json.dumps({"version": ["0"]}))
        events.put_targets(Rule="overhear", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield url
    for bus in buses:
        events.remove_targets(Rule="overhear", EventBusName=bus, Ids=["queue"])
        events.delete_rule(Name="overhear", EventBusName=bus)


@pytest.fixture(scope="module")
def life(stack: Stack, api: Api, queue: str) -> Life:
    created = api.create()
    instance = api.wait(created.id)
    with stack.redis(instance, created.key) as client:
        client.set("greeting", "hello")
    api.send("POST", "/instances", json={"name": created.key, "token": api.token})  # refused, and so perhaps logged
    secrets = stack.aws("secretsmanager")
    name = next(
        secret["Name"] for secret in pages(secrets, "list_secrets", "SecretList") if created.id in secret["Name"]
    )
    control_password = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])["controlPassword"]
    private_key = (stack.home / "redis.key").read_text().splitlines()[1]
    running = texts_of(stack)
    api.delete(created.id)
    api.wait_gone(created.id)
    gone = texts_of(stack) | dict(events_in(stack, queue, created.id))
    texts = {f"{place}, running": text for place, text in running.items()} | gone
    return Life(created.key, api.token, control_password, private_key, texts)


def texts_of(stack: Stack) -> Texts:
    """Every text that there is in the stack at this moment, but for the values of its secrets."""
    return {
        **dict(executions(stack)),
        **dict(task_definitions(stack)),
        **{f"item {number}": _text(item) for number, item in enumerate(items(stack))},
        **{f"command of {process.pid}": process.command for process in stack.processes()},
        **{f"environment of {process.pid}": process.environment for process in stack.processes()},
        **{
            f"{'log' if file.suffix == '.log' else 'file'} {file}": file.read_bytes().decode(errors="replace")
            for file in stack.home.rglob("*")
            if file.is_file()
        },
    }


def executions(stack: Stack) -> Iterator[tuple[str, str]]:
    states = stack.aws("stepfunctions")
    for machine in pages(states, "list_state_machines", "stateMachines"):
        for execution in pages(states, "list_executions", "executions", stateMachineArn=machine["stateMachineArn"]):
            arn = execution["executionArn"]
            history = pages(states, "get_execution_history", "events", executionArn=arn, includeExecutionData=True)
            yield f"execution {arn}", _text(states.describe_execution(executionArn=arn))
            yield f"history {arn}", _text(list(history))


def task_definitions(stack: Stack) -> Iterator[tuple[str, str]]:
    ecs = stack.aws("ecs")
    for arn in pages(ecs, "list_task_definitions", "taskDefinitionArns"):
        yield f"task definition {arn}", _text(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"])


def items(stack: Stack) -> Iterator[Any]:
    return pages(stack.aws("dynamodb"), "scan", "Items", TableName=stack.outputs()["TableName"])


def events_in(stack: Stack, url: str, instance_id: str) -> Iterator[tuple[str, str]]:
    """All events up to the one that tells of the instance's end."""
    sqs = stack.aws("sqs")
    for _ in range(EVENT_COUNT_LIMIT):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        messages = answer.get("Messages", [])
        assert messages, f"the end of {instance_id} was not heard of"
        for message in messages:
            event = json.loads(message["Body"])
            yield f"event {event['id']}", message["Body"]
        if any(instance_id in message["Body"] and '"DELETED"' in message["Body"] for message in messages):
            return


def _text(thing: object) -> str:
    return json.dumps(thing, default=str)


def test_the_search_finds_the_keys_hash_in_the_table_and_in_the_task(life: Life) -> None:
    found = life.places_of(sha256(life.key.encode()).hexdigest())
    assert {place.partition(" ")[0] for place in found} == {"item", "file"}


@pytest.mark.parametrize("kind", ["execution", "history", "task definition", "item", "command", "log", "file", "event"])
def test_the_search_looked_into_every_kind_of_place(life: Life, kind: str) -> None:
    assert any(text for place, text in life.texts.items() if place.startswith(kind))


def test_the_instance_key_is_nowhere(life: Life) -> None:
    assert life.places_of(life.key) == []


def test_the_account_key_is_only_where_the_stack_announces_itself(life: Life) -> None:
    files = {place.removesuffix(", running").rpartition("/")[2] for place in life.places_of(life.account_key)}
    assert files == {"local.json", "env"}


def test_the_control_password_is_nowhere_but_in_its_secret(life: Life) -> None:
    assert life.places_of(life.control_password) == []


def test_the_certificates_private_key_is_in_files_alone(life: Life) -> None:
    found = life.places_of(life.private_key_line)
    assert {place.partition(" ")[0] for place in found} == {"file"}


def test_no_file_that_holds_a_secret_is_readable_by_others(stack: Stack) -> None:
    modes = {name: (stack.home / name).stat().st_mode & 0o077 for name in ("local.json", "env", "redis.key")}
    assert modes == {"local.json": 0, "env": 0, "redis.key": 0}


def test_a_deleted_instance_leaves_no_file_with_its_keys_hash(life: Life) -> None:
    found = life.places_of(sha256(life.key.encode()).hexdigest())
    assert [place for place in found if not place.endswith(", running")] == []
