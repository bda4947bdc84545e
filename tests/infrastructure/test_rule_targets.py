"""What EventBridge cannot hand to a function waits in a queue that somebody hears of."""

from typing import Any

import pytest

from tests.expanded import expanded
from tests.infrastructure.test_permissions import listed

RESOURCES = expanded().resources
QUEUE = {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}
RULES = {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == "AWS::Events::Rule"}


@pytest.mark.parametrize("name", list(RULES))
def test_each_target_of_a_rule_has_the_queue_behind_it(name: str) -> None:
    assert [target.get("DeadLetterConfig") for target in RULES[name]["Targets"]] == [{"Arn": QUEUE}]


def grants() -> list[dict[str, Any]]:
    """What the queue's policy allows the rules."""
    statements = RESOURCES["UndeliveredQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return [found for found in statements if "rule" in found["Sid"].lower()]


@pytest.mark.parametrize("name", list(RULES))
def test_each_rule_of_the_stack_may_send_there(name: str) -> None:
    [grant] = grants()
    assert (grant["Principal"], grant["Resource"]) == ({"Service": "events.amazonaws.com"}, QUEUE)
    assert listed(grant["Action"]) == ["sqs:SendMessage"]
    assert {"Fn::GetAtt": [name, "Arn"]} in grant["Condition"]["ArnEquals"]["aws:SourceArn"]


def test_the_queue_is_encrypted_and_an_alarm_watches_it() -> None:
    assert RESOURCES["UndeliveredQueue"]["Properties"]["SqsManagedSseEnabled"] is True
    alarm = RESOURCES["UndeliveredAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["UndeliveredQueue", "QueueName"]}}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 1)
