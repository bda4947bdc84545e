"""What RunTask is given beside a definition, and which definition a family's name stands for."""

from collections.abc import Iterator

import pytest

from local.aws.ecs import OVERRIDES
from tests.integration.local.aws_cluster import Cluster, refusal_of
from tests.integration.local.aws_stack import Stack, started


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture
def cluster(stack: Stack) -> Cluster:
    return Cluster(stack)


def overriding(**override: object) -> dict[str, object]:
    return {"containerOverrides": [{"name": "main", **override}]}


def test_an_environment_is_overridden_name_by_name(cluster: Cluster) -> None:
    given = [{"name": "KEPT", "value": "as defined"}, {"name": "CHANGED", "value": "as defined"}]
    definition = cluster.define("echo $KEPT, $CHANGED, $ADDED", environment=given)
    changed = [{"name": "CHANGED", "value": "for this task"}, {"name": "ADDED", "value": "too"}]
    arn = cluster.run(definition, overrides=overriding(environment=changed))
    cluster.reach(arn, "STOPPED")
    assert cluster.log(arn) == "as defined, for this task, too\n"


@pytest.mark.parametrize("override", [{"command": ["true"]}, {"name": "other"}])
def test_overrides_of_anything_but_the_environment_are_refused(cluster: Cluster, override: dict[str, object]) -> None:
    definition = cluster.define("true")
    code, _ = refusal_of(lambda: cluster.run(definition, overrides=overriding(**override)))
    assert code == "InvalidParameterException"


def test_overrides_have_at_most_8192_characters(cluster: Cluster) -> None:
    definition = cluster.define("true")
    frame = len('{"containerOverrides":[{"name":"main","environment":[{"name":"X","value":""}]}]}')

    def run(length: int) -> str:
        return cluster.run(definition, overrides=overriding(environment=[{"name": "X", "value": "x" * length}]))

    cluster.reach(run(OVERRIDES - frame), "STOPPED")
    code, _ = refusal_of(lambda: run(OVERRIDES - frame + 1))
    assert code == "InvalidParameterException"


def environment_file(stack: Stack, content: bytes) -> dict[str, str]:
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="files", Key="folder/0.env", Body=content)
    return {"type": "s3", "value": "arn:aws:s3:::files/folder/0.env"}


def test_a_file_adds_to_the_environment_and_is_told_by_its_name_alone(cluster: Cluster) -> None:
    file = environment_file(cluster.stack, b"#A=0\nKEPT=no\nLINK=https://x?a=b&c=d\nLINK=again\n\nnone\n")
    given = [{"name": "KEPT", "value": "as defined"}]
    arn = cluster.run(
        cluster.define("echo $KEPT, $LINK", environment=given), overrides=overriding(environmentFiles=[file])
    )
    cluster.reach(arn, "STOPPED")
    assert cluster.log(arn) == "as defined, https://x?a=b&c=d\n"
    assert cluster.describe(arn)["overrides"] == overriding(environmentFiles=[file])


def test_a_task_whose_file_is_gone_does_not_start(cluster: Cluster) -> None:
    file = {"type": "s3", "value": "arn:aws:s3:::nowhere/gone.env"}
    arn = cluster.run(cluster.define("true"), overrides=overriding(environmentFiles=[file]))
    cluster.reach(arn, "STOPPED")
    described = cluster.describe(arn)
    assert described["stopCode"] == "TaskFailedToStart"
    assert "failed to download env files" in described["stoppedReason"]


@pytest.mark.parametrize("file", [{"type": "s3", "value": "arn:aws:s3:::files/plain"}, {"type": "http", "value": "x"}])
def test_what_is_no_environment_file_is_refused(cluster: Cluster, file: dict[str, str]) -> None:
    definition = cluster.define("true")
    code, _ = refusal_of(lambda: cluster.run(definition, overrides=overriding(environmentFiles=[file])))
    assert code == "InvalidParameterException"


def test_a_familys_name_is_its_latest_active_definition(cluster: Cluster) -> None:
    first, second, third = (cluster.define(f"echo {number}", family="several") for number in range(3))
    cluster.define("echo other", family="several-others")
    cluster.ecs.deregister_task_definition(taskDefinition=third)
    arn = cluster.run("several")
    assert cluster.describe(arn)["taskDefinitionArn"] == second != first


def test_a_family_without_an_active_definition_cannot_run(cluster: Cluster) -> None:
    cluster.ecs.deregister_task_definition(taskDefinition=cluster.define("true", family="retired"))
    code, _ = refusal_of(lambda: cluster.run("retired"))
    assert code in ("ClientException", "InvalidParameterException")
