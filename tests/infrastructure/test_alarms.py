"""An alarm watches a metric that exists: with dimensions under which AWS documents it, or as our functions emit it."""

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from tests.expanded import expanded

TEMPLATE = expanded()
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
        ("Errors", "Throttles", "IteratorAge", "ConcurrentExecutions"),
        ({"FunctionName"}, {"FunctionName", "Resource"}, {"FunctionName", "Resource", "ExecutedVersion"}),
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
FILTERED = {
    made["MetricName"]: made
    for found in of_type("AWS::Logs::MetricFilter").values()
    for made in found["MetricTransformations"]
}
"""The metrics that are made of lines of a log."""
OF_OURS = [found for found in WATCHED if found[1]["Namespace"] == OURS and found[1]["MetricName"] not in FILTERED]


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
    assert telling == {
        "InstancesUnreachableAlarm",
        "ReconcilerLateAlarm",
        "BackupsLateAlarm",
        "MaintenanceOverdueAlarm",
        "RolloutStoppedAlarm",
    }
    assert all(ALARMS[name]["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}] for name in telling)


def test_half_an_hour_without_a_whole_pass_is_late() -> None:
    alarm = ALARMS["ReconcilerLateAlarm"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 1800
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["Statistic"]) == ("LessThanThreshold", 1, "Sum")


ONE_OF_A_VERSION = ALARMS["ApiVersionAlarm"]
[VERSION] = of_type("AWS::Lambda::Version")


def test_requests_go_over_to_a_new_version_of_the_api_while_its_own_alarm_is_asked() -> None:
    [(group, asked)] = of_type("AWS::CodeDeploy::DeploymentGroup").items()
    assert asked["AlarmConfiguration"] == {"Enabled": True, "Alarms": [{"Name": {"Ref": "ApiVersionAlarm"}}]}
    assert "DEPLOYMENT_STOP_ON_ALARM" in asked["AutoRollbackConfiguration"]["Events"]
    [alias] = [found for found in TEMPLATE.resources.values() if found["Type"] == "AWS::Lambda::Alias"]
    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": group}
    assert alias["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [VERSION, "Version"]}


def test_each_version_of_the_api_has_an_alarm_of_its_own() -> None:
    """One that is changed keeps its state for a minute, and would hold up the version that mends what it rang for."""
    version = {"Fn::GetAtt": [VERSION, "Version"]}
    name, named = ONE_OF_A_VERSION["AlarmName"]["Fn::Sub"]
    assert name.startswith("${AWS::StackName}-")
    assert named == {"Version": version}
    watched = [dimensions(metric) for metric in metrics(ONE_OF_A_VERSION)]
    assert [found.get("version", found.get("ExecutedVersion")) for found in watched] == [version, version]


def test_what_an_alarm_watches_of_a_log_is_made_of_the_apis_lines() -> None:
    [found] = of_type("AWS::Logs::MetricFilter").values()
    assert found["LogGroupName"] == {"Ref": "ApiFunctionLogGroup"}
    [made] = found["MetricTransformations"]
    [metric] = [metric for metric in metrics(ONE_OF_A_VERSION) if metric["Namespace"] == OURS]
    assert (metric["MetricName"], made["MetricNamespace"]) == (made["MetricName"], OURS)
    assert {one["Key"]: one["Value"] for one in made["Dimensions"]} == {
        name: f"$.{name}" for name in dimensions(metric)
    }
