"""EFS of the local stack: access points as strict as AWS's, and tasks that find their volume behind one."""

from collections.abc import Iterator

import pytest

from tests.integration.local.aws_cluster import Cluster, refusal_of
from tests.integration.local.aws_stack import Stack, started

LONG = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture(scope="module")
def cluster(stack: Stack) -> Cluster:
    return Cluster(stack)


@pytest.fixture
def file_system(stack: Stack, request: pytest.FixtureRequest) -> str:
    created = stack.client("efs").create_file_system(CreationToken=request.node.name)
    return str(created["FileSystemId"])


def access_point(stack: Stack, file_system: str, token: str, path: str = "/instances/inst_a") -> str:
    created = stack.client("efs").create_access_point(
        ClientToken=token, FileSystemId=file_system, RootDirectory={"Path": path}
    )
    return str(created["AccessPointId"])


def define(cluster: Cluster, script: str, file_system: str, point: str) -> str:
    """A task that mounts an access point at /volume."""
    registered = cluster.ecs.register_task_definition(
        family="with-volume",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        volumes=[
            {"name": "data"},
            {
                "name": "volume",
                "efsVolumeConfiguration": {
                    "fileSystemId": file_system,
                    "transitEncryption": "ENABLED",
                    "authorizationConfig": {"accessPointId": point, "iam": "ENABLED"},
                },
            },
        ],
        containerDefinitions=[
            {
                "name": "main",
                "image": "image",
                "entryPoint": ["sh", "-c"],
                "command": [script],
                "environment": [
                    {"name": "FOLDER", "value": "/volume/here"},
                    {"name": "OTHER", "value": "/volumes"},
                    {"name": "OWN", "value": "/data"},
                ],
                "mountPoints": [
                    {"sourceVolume": "data", "containerPath": "/data"},
                    {"sourceVolume": "volume", "containerPath": "/volume"},
                ],
            }
        ],
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def test_a_token_makes_one_access_point(stack: Stack, file_system: str) -> None:
    access_point(stack, file_system, "once")
    code, _ = refusal_of(lambda: access_point(stack, file_system, "once"))
    assert code == "AccessPointAlreadyExists"
    described = stack.client("efs").describe_access_points(FileSystemId=file_system)
    assert [found["ClientToken"] for found in described["AccessPoints"]] == ["once"]


def test_an_access_point_needs_a_file_system(stack: Stack) -> None:
    code, _ = refusal_of(lambda: access_point(stack, "fs-12345678", "nowhere"))
    assert code == "FileSystemNotFound"


def test_an_access_point_is_deleted_once(stack: Stack, file_system: str) -> None:
    point = access_point(stack, file_system, "gone")
    stack.client("efs").delete_access_point(AccessPointId=point)
    code, _ = refusal_of(lambda: stack.client("efs").delete_access_point(AccessPointId=point))
    assert code == "AccessPointNotFound"


def test_access_points_come_in_pages(stack: Stack, file_system: str) -> None:
    made = {access_point(stack, file_system, f"token-{number}") for number in range(5)}
    first = stack.client("efs").describe_access_points(FileSystemId=file_system, MaxResults=2)
    assert len(first["AccessPoints"]) == 2
    pages = stack.client("efs").get_paginator("describe_access_points")
    found = [
        point["AccessPointId"]
        for page in pages.paginate(FileSystemId=file_system, PaginationConfig={"PageSize": 2})
        for point in page["AccessPoints"]
    ]
    assert (len(found), set(found)) == (5, made)


def test_what_a_task_writes_to_its_volume_is_there_for_the_next(
    stack: Stack, cluster: Cluster, file_system: str
) -> None:
    point = access_point(stack, file_system, "kept", "/instances/inst_kept")
    script = 'mkdir -p "$FOLDER"; echo "$OTHER $OWN" >> "$FOLDER/file"'
    for _ in range(2):
        cluster.reach(cluster.run(define(cluster, script, file_system, point)), "STOPPED")
    file = stack.substitutes.volumes.folder("/instances/inst_kept") / "here" / "file"
    assert file.read_text() == "/volumes /data\n" * 2, "only what is on the volume leads there"


def test_a_task_without_its_access_point_does_not_start(stack: Stack, cluster: Cluster, file_system: str) -> None:
    point = access_point(stack, file_system, "lost")
    definition = define(cluster, LONG, file_system, point)
    stack.client("efs").delete_access_point(AccessPointId=point)
    stopped = cluster.reach(cluster.run(definition), "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert f"access point {point} does not exist" in stopped["stoppedReason"]
