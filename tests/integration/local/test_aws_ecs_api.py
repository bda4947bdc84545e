"""ECS's operations on tasks: idempotency, refusals, lists and events as AWS has them."""

from collections.abc import Iterator

import pytest

from tests.integration.local.aws_cluster import Cluster, refusal_of
from tests.integration.local.aws_stack import Stack, started


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture
def cluster(stack: Stack) -> Cluster:
    return Cluster(stack)


def test_every_change_of_a_task_is_an_event(cluster: Cluster) -> None:
    pattern = {"source": ["aws.ecs"], "detail": {"clusterArn": [{"suffix": cluster.name}]}}
    collector = cluster.stack.collect_events(pattern)
    arn = cluster.run(cluster.define("exit 0"), startedBy="me")
    cluster.reach(arn, "STOPPED")

    events = [cluster.stack.functions.next_payload(collector) for _ in range(4)]

    details = sorted((event["detail"] for event in events), key=lambda detail: int(detail["version"]))
    assert [detail["lastStatus"] for detail in details] == ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]
    assert {detail["taskArn"] for detail in details} == {arn}
    assert details[-1]["stopCode"] == "EssentialContainerExited"
    assert details[-1]["stoppedAt"].endswith("Z")


def test_a_client_token_runs_one_task(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60")

    first, again = (cluster.run(definition, clientToken="token") for _ in range(2))

    assert first == again
    assert cluster.ecs.list_tasks(cluster=cluster.name)["taskArns"] == [first]


def test_a_client_token_with_other_arguments_is_a_conflict(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60")
    cluster.run(definition, clientToken="token")

    assert refusal_of(lambda: cluster.run(definition, clientToken="token", startedBy="x"))[0] == "ConflictException"


def test_an_inactive_definition_is_refused(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60")
    cluster.ecs.deregister_task_definition(taskDefinition=definition)

    refusal = refusal_of(lambda: cluster.run(definition))

    assert refusal == ("InvalidParameterException", "TaskDefinition is inactive")


def test_a_missing_definition_is_refused(cluster: Cluster) -> None:
    assert refusal_of(lambda: cluster.run("none")) == ("ClientException", "TaskDefinition not found.")


def test_a_missing_subnet_is_refused(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60")
    cluster.network["awsvpcConfiguration"]["subnets"] = ["subnet-1"]

    assert refusal_of(lambda: cluster.run(definition))[0] == "InvalidParameterException"


def test_a_missing_cluster_is_refused(cluster: Cluster) -> None:
    refusal = refusal_of(lambda: cluster.ecs.list_tasks(cluster="other"))

    assert refusal == ("ClusterNotFoundException", "Cluster not found.")


def test_tags_group_and_starter_are_kept(cluster: Cluster) -> None:
    tags = [{"key": "instance", "value": "i"}]
    arn = cluster.run(cluster.define("sleep 60"), tags=tags, startedBy="me", group="g")

    task = cluster.describe(arn)

    assert (task["tags"], task["startedBy"], task["group"]) == (tags, "me", "g")


def test_tasks_are_listed_by_the_family_of_a_deregistered_definition(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60", family="mine")
    cluster.run(cluster.define("sleep 60", family="other"))
    arn = cluster.run(definition)
    cluster.ecs.deregister_task_definition(taskDefinition=definition)
    cluster.ecs.delete_task_definitions(taskDefinitions=[definition])

    assert cluster.ecs.list_tasks(cluster=cluster.name, family="mine")["taskArns"] == [arn]


def test_tasks_are_listed_by_who_started_them_and_by_nothing_else_then(cluster: Cluster) -> None:
    definition = cluster.define("sleep 60")
    arn = cluster.run(definition, startedBy="me")
    cluster.run(definition, startedBy="another")

    assert cluster.ecs.list_tasks(cluster=cluster.name, startedBy="me")["taskArns"] == [arn]
    refusals = [
        refusal_of(lambda: cluster.ecs.list_tasks(cluster=cluster.name, startedBy="me", family="family")),
        refusal_of(lambda: cluster.ecs.list_tasks(cluster=cluster.name, startedBy="me", desiredStatus="RUNNING")),
    ]
    assert {code for code, _ in refusals} == {"InvalidParameterException"}


def test_stopped_tasks_are_listed_only_when_asked_for(cluster: Cluster) -> None:
    arn = cluster.run(cluster.define("exit 0"))
    cluster.reach(arn, "STOPPED")

    assert cluster.ecs.list_tasks(cluster=cluster.name)["taskArns"] == []
    assert cluster.ecs.list_tasks(cluster=cluster.name, desiredStatus="STOPPED")["taskArns"] == [arn]


def test_more_than_a_page_of_tasks_is_listed_in_pages(cluster: Cluster) -> None:
    definition = cluster.define("exit 0")
    arns = {cluster.run(definition) for _ in range(3)}
    for arn in arns:
        cluster.reach(arn, "STOPPED")

    pages = list(
        cluster.ecs.get_paginator("list_tasks").paginate(
            cluster=cluster.name, desiredStatus="STOPPED", PaginationConfig={"PageSize": 2}
        )
    )

    assert [len(page["taskArns"]) for page in pages] == [2, 1]
    assert {arn for page in pages for arn in page["taskArns"]} == arns


def test_an_unknown_task_is_described_as_missing(cluster: Cluster) -> None:
    failures = cluster.ecs.describe_tasks(cluster=cluster.name, tasks=["none"])["failures"]

    assert [failure["reason"] for failure in failures] == ["MISSING"]


def test_an_unknown_task_cannot_be_stopped(cluster: Cluster) -> None:
    refusal = refusal_of(lambda: cluster.stop("none"))

    assert refusal == ("InvalidParameterException", "The referenced task was not found.")
