"""An alarm watches a metric that exists: with dimensions under which AWS documents it, or as our functions emit it."""

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from local import template as templates
from tests.infrastructure.expansions import ROOT

TEMPLATE = templates.read(ROOT / "template.yaml")
OURS = "SwiftCache"

DOCUMENTED: Mapping[str, Mapping[str, tuple[set[str], ...]]] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "AWS/ApiGateway": dict.fromkeys(("4xx", "5xx", "Count", "Latency"), ({"ApiId"}, {"ApiId", "Stage"})),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    "AWS/DynamoDB": {
        **dict.fromkeys(
            ("ReadThrottleEvents", "WriteThrottleEvents"), ({"TableName"}, {"TableName", "GlobalSecondaryIndexName"})
        ),
        **dict.fromkeys(("ThrottledRequests", "SystemErrors"), ({"TableName", "Operation"},)),
    },
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": dict.fromkeys(
        ("Errors", "Throttles", "IteratorAge", "ConcurrentExecutions"), ({"FunctionName"}, {"FunctionName", "Resource"})
    ),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": dict.fromkeys(("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"), ({"QueueName"},)),
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "AWS/States": dict.fromkeys(("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionTime"), ({"StateMachineArn"},)),
}
"""Of each metric of AWS's services that we know, the sets of dimensions under which it has data."""


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: found["Properties"] for name, found in TEMPLATE.resources.items() if found["Type"] == kind}


ALARMS = of_type("AWS::CloudWatch::Alarm")


def metrics(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What an alarm watches: one metric, or those of its expression."""
    if "Metrics" not in alarm:
        return [alarm]
    return [found["MetricStat"]["Metric"] for found in alarm["Metrics"] if "MetricStat" in found]


WATCHED = [(name, metric) for name, alarm in ALARMS.items() for metric in metrics(alarm)]
OF_AWS = [found for found in WATCHED if found[1]["Namespace"] != OURS]
OF_OURS = [found for found in WATCHED if found[1]["Namespace"] == OURS]


def dimensions(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {found["Name"]: found["Value"] for found in metric["Dimensions"]}


@cache
def emitted() -> dict[str, set[str]]:
    """The logical ids of the functions that emit metrics of ours, with the words in their code."""
    found = {}
    for name, function in TEMPLATE.functions.items():
        tree = ast.parse((function.folder / "app.py").read_text())
        words = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if OURS in words:
            found[name] = words
    return found


@pytest.mark.parametrize(("alarm", "metric"), OF_AWS)
def test_an_alarm_on_a_metric_of_aws_names_all_its_dimensions(alarm: str, metric: Mapping[str, Any]) -> None:
    assert set(dimensions(metric)) in DOCUMENTED[metric["Namespace"]][metric["MetricName"]], alarm


@pytest.mark.parametrize(("alarm", "metric"), OF_OURS)
def test_an_alarm_on_a_metric_of_ours_watches_what_a_function_emits(alarm: str, metric: Mapping[str, Any]) -> None:
    [function] = [name for name, words in emitted().items() if metric["MetricName"] in words]
    # Powertools adds this dimension to every metric, and takes its value from the environment.
    variables = TEMPLATE.resources[function]["Properties"]["Environment"]["Variables"]
    assert dimensions(metric) == {"service": variables["POWERTOOLS_SERVICE_NAME"]}, alarm


def test_the_table_and_its_global_indexes_are_watched_for_throttling() -> None:
    """A local index has no metric of its own: it is the table's."""
    [table] = of_type("AWS::DynamoDB::Table").values()
    indexes = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    watched = [
        (metric["MetricName"], dimensions(metric).get("GlobalSecondaryIndexName"))
        for metric in metrics(ALARMS["TableThrottledAlarm"])
    ]
    assert sorted(watched, key=str) == sorted(
        ((f"{kind}ThrottleEvents", name) for kind in ("Read", "Write") for name in (None, *indexes)), key=str
    )


@pytest.mark.parametrize("name", [name for name, alarm in ALARMS.items() if "Metrics" in alarm])
def test_an_alarm_by_an_expression_watches_one_and_takes_every_metric_into_it(name: str) -> None:
    watched = [found for found in ALARMS[name]["Metrics"] if found.get("ReturnData", True)]
    assert [found["Expression"] for found in watched] == ["SUM(FILL(METRICS(), 0))"]
    of_metrics = [found["MetricStat"] for found in ALARMS[name]["Metrics"] if found not in watched]
    assert {(found["Stat"], found["Period"]) for found in of_metrics} == {("Sum", 300)}


@pytest.mark.parametrize("name", list(ALARMS))
def test_no_alarm_rings_because_the_stack_is_new(name: str) -> None:
    assert ALARMS[name]["TreatMissingData"] in ("notBreaching", "missing")


def test_figures_that_stop_are_told_to_whoever_hears_alarms() -> None:
    """A new alarm is in INSUFFICIENT_DATA: that is told only when it changes to it."""
    telling = {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "missing"}
    assert telling == {"InstancesUnreachableAlarm", "ReconcilerLateAlarm"}
    assert all(ALARMS[name]["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}] for name in telling)


def test_half_an_hour_without_a_whole_pass_is_late() -> None:
    alarm = ALARMS["ReconcilerLateAlarm"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 1800
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["Statistic"]) == ("LessThanThreshold", 1, "Sum")
