"""EventBridge: matching, delivery to every kind of target, and PutEvents that no target can fail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.schedules import Schedules, period_of
from tests.integration.local.aws_stack import ROLE, Stack, started, wait_for

PATTERN = json.dumps({"source": ["shop"], "detail": {"to": ["SOLD"]}})


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        stack.client("events").create_event_bus(Name="shop")
        yield stack


def route(stack: Stack, arn: str, **target: Any) -> None:
    """Send what is sold to a target."""
    events = stack.client("events")
    events.put_rule(Name="sold", EventBusName="shop", EventPattern=PATTERN)
    events.put_targets(Rule="sold", EventBusName="shop", Targets=[{"Id": "target", "Arn": arn, **target}])


def put(stack: Stack, to: str = "SOLD", **entry: Any) -> dict[str, Any]:
    detail = json.dumps({"to": to, "item": "hat"})
    made = {"Source": "shop", "DetailType": "Item Changed", "Detail": detail, "EventBusName": "shop", **entry}
    answer: dict[str, Any] = stack.client("events").put_events(Entries=[made])
    return answer


def test_a_function_gets_the_events_that_match(stack: Stack) -> None:
    route(stack, stack.functions.add("sold"))

    put(stack, to="RETURNED")
    answer = put(stack, Resources=["hat-1"])

    event = stack.functions.next_payload("sold")
    assert event["id"] == answer["Entries"][0]["EventId"]
    assert (event["source"], event["detail-type"]) == ("shop", "Item Changed")
    assert event["detail"] == {"to": "SOLD", "item": "hat"}
    assert event["resources"] == ["hat-1"]
    assert event["account"] == "123456789012"
    assert not stack.functions.has_payload("sold")


def test_a_switched_off_rule_delivers_nothing(stack: Stack) -> None:
    route(stack, stack.functions.add("sold"))
    events = stack.client("events")
    events.disable_rule(Name="sold", EventBusName="shop")
    put(stack)
    events.enable_rule(Name="sold", EventBusName="shop")
    enabled = put(stack)

    assert stack.functions.next_payload("sold")["id"] == enabled["Entries"][0]["EventId"]
    assert not stack.functions.has_payload("sold")


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail"}, {"to": "SOLD", "item": "hat"}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"item": "$.detail.item"},
                    "InputTemplate": '{"what": "<item>"}',
                }
            },
            {"what": "hat"},
        ),
    ],
)
def test_a_target_gets_the_input_that_it_asks_for(stack: Stack, target: Any, payload: Any) -> None:
    route(stack, stack.functions.add("sold"), **target)

    put(stack)

    assert stack.functions.next_payload("sold") == payload


def test_a_function_that_fails_gets_the_event_again(stack: Stack) -> None:
    results = iter([RuntimeError("not yet"), "well"])

    def flaky(_: Any) -> object:
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    route(stack, stack.functions.add("sold", flaky))
    put(stack)

    assert stack.functions.next_payload("sold")["detail"]["item"] == "hat"


def test_a_state_machine_is_started_with_the_event(stack: Stack) -> None:
    machine = stack.machine({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    route(stack, machine, RoleArn=ROLE)

    put(stack)

    sfn = stack.client("stepfunctions")
    found = wait_for(lambda: sfn.list_executions(stateMachineArn=machine)["executions"])
    assert json.loads(stack.ended(found[0]["executionArn"])["output"])["detail"]["item"] == "hat"


def test_a_queue_gets_the_event(stack: Stack) -> None:
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName="sold")["QueueUrl"]
    route(stack, "arn:aws:sqs:eu-central-1:123456789012:sold")

    put(stack)

    message = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))[0]
    assert json.loads(message["Body"])["detail"]["item"] == "hat"


def test_a_log_group_gets_the_event(stack: Stack) -> None:
    logs = stack.client("logs")
    logs.create_log_group(logGroupName="/aws/events/sold")
    route(stack, "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/sold")

    put(stack)

    found = wait_for(lambda: logs.filter_log_events(logGroupName="/aws/events/sold")["events"])
    assert json.loads(found[0]["message"])["detail"]["item"] == "hat"


def test_another_bus_gets_the_event(stack: Stack) -> None:
    collector = stack.collect_events({"source": ["shop"]}, bus="default")
    route(stack, "arn:aws:events:eu-central-1:123456789012:event-bus/default")

    put(stack)

    assert stack.functions.next_payload(collector)["detail"]["item"] == "hat"


@pytest.mark.parametrize("arn", ["arn:aws:lambda:eu-central-1:123456789012:function:none", "arn:aws:sns:a:1:t"])
def test_a_target_that_is_not_there_does_not_fail_the_publisher(stack: Stack, arn: str) -> None:
    route(stack, arn)

    assert put(stack)["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Source": "aws.ecs"}, "NotAuthorizedForSourceException"),
        ({"DetailType": ""}, "InvalidArgument"),
    ],
)
def test_a_wrong_entry_is_refused_by_itself(stack: Stack, entry: dict[str, Any], code: str) -> None:
    answer = put(stack, **entry)

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code


def test_a_rule_with_a_rate_is_delivered_when_it_is_due(stack: Stack) -> None:
    events = stack.client("events")
    rule = events.put_rule(Name="sweep", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.put_targets(Rule="sweep", Targets=[{"Id": "sweep", "Arn": stack.functions.add("sweep")}])
    schedules = Schedules(stack.substitutes.events)

    for now in (0.0, 299.0):
        schedules.look(now)
    assert not stack.functions.has_payload("sweep")
    schedules.look(300.0)

    event = stack.functions.next_payload("sweep")
    assert (event["source"], event["detail-type"], event["resources"]) == (
        "aws.events",
        "Scheduled Event",
        [rule],
    )


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(2 hours)", 7200), ("rate(1 day)", 86_400), ("cron(0 1 * * ? *)", None)],
)
def test_a_rate_is_read_in_seconds(expression: str, seconds: float | None) -> None:
    assert period_of(expression) == seconds
