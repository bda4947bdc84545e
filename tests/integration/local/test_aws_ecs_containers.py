"""Tasks of several containers: their order, what they share, and how the task ends with them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.local.aws_cluster import Cluster, is_running, refusal_of
from tests.integration.local.aws_stack import Stack, started, wait_for

LONG = "exec sleep 600"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture
def cluster(stack: Stack) -> Cluster:
    return Cluster(stack)


def one(script: str, *, after: dict[str, str] | None = None, essential: bool = False, **more: Any) -> dict[str, Any]:
    order = [{"containerName": name, "condition": condition} for name, condition in (after or {}).items()]
    return {"command": [script], "essential": essential, "dependsOn": order, **more}


def ends(task: dict[str, Any]) -> dict[str, int | None]:
    return {container["name"]: container.get("exitCode") for container in task["containers"]}


def test_one_comes_after_the_other_has_succeeded_and_they_share_a_volume(cluster: Cluster) -> None:
    mount: Any = {
        "environment": [{"name": "FOLDER", "value": "/shared/deep"}, {"name": "OWN", "value": "/own"}],
        "mountPoints": [
            {"sourceVolume": "shared", "containerPath": "/shared"},
            {"sourceVolume": "own", "containerPath": "/own"},
        ],
    }
    last = {**mount, "mountPoints": mount["mountPoints"][:1]}
    definition = cluster.define_all(
        {
            "last": one('cat "$FOLDER/file"; echo "$OWN"', after={"first": "SUCCESS"}, essential=True, **last),
            "first": one('mkdir "$FOLDER"; sleep 0.2; echo "written $OWN" > "$FOLDER/file"', **mount),
        },
        volumes=[{"name": "shared"}, {"name": "own"}],
    )

    arn = cluster.run(definition)
    stopped = cluster.reach(arn, "STOPPED")

    assert ends(stopped) == {"last": 0, "first": 0}
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert cluster.log(arn) == "written /own\n/own\n", "what only one of them mounts is its own folder"
    assert not list(cluster.folder(arn).parent.glob("*.volumes"))


def test_a_task_runs_once_all_its_containers_have_started(cluster: Cluster) -> None:
    definition = cluster.define_all(
        {
            "main": one(LONG, after={"first": "SUCCESS"}, essential=True),
            "first": one("touch begun; while ! [ -e go ]; do sleep 0.02; done"),
        }
    )
    arn = cluster.run(definition)
    folder = cluster.folder(arn).with_name(f"{cluster.folder(arn).name}-first")
    wait_for(lambda: (folder / "begun").exists())
    assert cluster.describe(arn)["lastStatus"] == "PENDING"

    (folder / "go").touch()
    running = cluster.reach(arn, "RUNNING")

    assert ends(running) == {"main": None, "first": 0}
    assert running["pullStoppedAt"] < running["startedAt"]
    cluster.stop(arn)
    cluster.reach(arn, "STOPPED")
    assert not list(cluster.folder(arn).parent.glob(f"{cluster.folder(arn).name}*")), "nothing of it is left"


def test_a_task_whose_first_container_fails_does_not_start(cluster: Cluster) -> None:
    definition = cluster.define_all(
        {"main": one("true", after={"first": "SUCCESS"}, essential=True), "first": one("echo why; exit 66")}
    )

    arn = cluster.run(definition)
    stopped = cluster.reach(arn, "STOPPED")

    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    assert ends(stopped) == {"main": None, "first": 66}
    assert "startedAt" not in stopped
    assert cluster.log(arn, "first") == "why\n"


def test_complete_takes_any_end_and_start_takes_none(cluster: Cluster) -> None:
    definition = cluster.define_all(
        {
            "main": one("true", after={"failed": "COMPLETE", "beside": "START"}, essential=True),
            "failed": one("exit 3"),
            "beside": one(LONG),
        }
    )
    assert ends(cluster.reach(cluster.run(definition), "STOPPED")) == {"main": 0, "failed": 3, "beside": 143}


def test_the_task_ends_with_any_essential_container_and_takes_the_others_with_it(cluster: Cluster) -> None:
    definition = cluster.define_all(
        {
            "long": one("echo $$ > pid; exec sleep 600", essential=True),
            "short": one("sleep 0.3; exit 4", essential=True),
        }
    )
    arn = cluster.run(definition)
    pid = cluster.pid(arn)

    stopped = cluster.reach(arn, "STOPPED")

    assert ends(stopped) == {"long": 143, "short": 4}
    assert not is_running(pid)


def test_stopping_a_task_stops_all_and_starts_none(cluster: Cluster) -> None:
    definition = cluster.define_all(
        {"main": one("touch started", after={"first": "SUCCESS"}, essential=True), "first": one(LONG)}
    )
    arn = cluster.run(definition)
    wait_for(lambda: cluster.describe(arn)["containers"][1]["lastStatus"] == "RUNNING")

    cluster.stop(arn)
    stopped = cluster.reach(arn, "STOPPED")

    assert ends(stopped) == {"main": None, "first": 143}
    assert stopped["stopCode"] == "UserInitiated"


def test_each_container_has_its_own_environment_and_overrides(cluster: Cluster) -> None:
    given = [{"name": "X", "value": "defined"}]
    definition = cluster.define_all(
        {
            "main": one('echo "$X"', after={"first": "SUCCESS"}, essential=True, environment=given),
            "first": one('echo "$X"', environment=given),
        }
    )
    override = {"name": "first", "environment": [{"name": "X", "value": "for the first"}]}

    arn = cluster.run(definition, overrides={"containerOverrides": [override]})
    cluster.reach(arn, "STOPPED")

    assert (cluster.log(arn), cluster.log(arn, "first")) == ("defined\n", "for the first\n")


@pytest.mark.parametrize(
    "containers",
    [
        {"main": one("true", after={"none": "START"}, essential=True)},
        {"main": one("true", after={"first": "SUCCESS"}, essential=True), "first": one("true", essential=True)},
        {"main": one("true", after={"first": "HEALTHY"}, essential=True), "first": one("true")},
        {"main": one("true")},
    ],
    ids=["unknown", "essential", "healthy", "none essential"],
)
def test_an_order_that_ecs_does_not_take_is_refused(cluster: Cluster, containers: dict[str, Any]) -> None:
    code, _ = refusal_of(lambda: cluster.run(cluster.define_all(containers)))
    assert code == "ClientException"


GREEDY = "import time; kept = bytearray(200_000_000); time.sleep(60)"


def test_a_container_that_takes_more_memory_than_it_may_is_ended_as_by_the_kernel(cluster: Cluster) -> None:
    definition = cluster.define_all({"main": one(f'exec python3 -c "{GREEDY}"', essential=True, memory=64)})

    stopped = cluster.reach(cluster.run(definition), "STOPPED")

    [container] = stopped["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError")


def test_of_what_a_container_has_started_the_largest_is_ended(cluster: Cluster) -> None:
    script = f'python3 -c "{GREEDY}" & wait $!; echo "it ended with $?"'
    definition = cluster.define_all({"main": one(script, essential=True, memory=64)})

    arn = cluster.run(definition)
    [container] = cluster.reach(arn, "STOPPED")["containers"]

    assert cluster.log(arn).endswith("it ended with 137\n")
    assert (container["exitCode"], container["reason"][:16]) == (0, "OutOfMemoryError")
