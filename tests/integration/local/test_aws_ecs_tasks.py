"""ECS tasks as real processes: how they start, what they see, how they end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from botocore.exceptions import ClientError

from local.aws.processes import TIMER_SLACK
from tests.integration.local.aws_cluster import Cluster, address_of, detail_of, is_running
from tests.integration.local.aws_stack import Stack, started, wait_for

SERVE = "exec redis-server --bind $SWIFTCACHE_TASK_ADDRESS --port $SWIFTCACHE_TASK_PORT --save ''"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture
def cluster(stack: Stack) -> Cluster:
    return Cluster(stack)


def test_a_running_task_serves_on_its_own_address(cluster: Cluster) -> None:
    definition = cluster.define(SERVE)
    first, second = (cluster.reach(cluster.run(definition), "RUNNING") for _ in range(2))

    assert address_of(first) != address_of(second)
    assert all(answers(address_of(task)) for task in (first, second))


def answers(address: str) -> bool:
    def ping() -> bool:
        try:
            return bool(server.ping())
        except redis.ConnectionError:
            return False

    with redis.Redis(address) as server:
        return wait_for(ping)


def test_run_task_answers_before_the_address_is_known(cluster: Cluster) -> None:
    task = cluster.run_raw(cluster.define("sleep 60"))["tasks"][0]

    assert task["lastStatus"] == "PROVISIONING"
    assert task["attachments"][0]["status"] == "PRECREATED"
    assert task["containers"][0]["networkInterfaces"] == []


def test_the_interface_carries_the_address_while_the_task_runs(cluster: Cluster) -> None:
    arn = cluster.run(cluster.define("sleep 60"))
    task = cluster.reach(arn, "RUNNING")
    interface = detail_of(task, "networkInterfaceId")

    found = cluster.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    assert found["PrivateIpAddress"] == found["Association"]["PublicIp"] == detail_of(task, "privateIPv4Address")

    cluster.stop(arn)
    cluster.reach(arn, "STOPPED")
    with pytest.raises(ClientError, match="InvalidNetworkInterfaceID"):
        cluster.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])


def test_an_interface_is_found_by_its_public_address(cluster: Cluster) -> None:
    task = cluster.reach(cluster.run(cluster.define("sleep 60")), "RUNNING")
    addresses = [detail_of(task, "privateIPv4Address")]

    found = cluster.ec2.describe_network_interfaces(Filters=[{"Name": "association.public-ip", "Values": addresses}])

    assert [interface["NetworkInterfaceId"] for interface in found["NetworkInterfaces"]] == [
        detail_of(task, "networkInterfaceId")
    ]


def test_a_container_sees_only_its_own_environment(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_DEVELOPER", "leaked")
    arn = cluster.run(cluster.define("env", environment=[{"name": "GIVEN", "value": "yes"}]))
    cluster.reach(arn, "STOPPED")

    lines = cluster.log(arn).splitlines()
    names = {line.partition("=")[0] for line in lines}
    given = {"PATH", "HOME", "GIVEN", "SWIFTCACHE_TASK_ADDRESS", "SWIFTCACHE_TASK_PORT"}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == given  # the four are the shell's own


@pytest.mark.skipif(not Path("/proc/self/timerslack_ns").exists(), reason="Linux alone has it")
def test_the_timers_of_many_tasks_may_wait_for_one_another(cluster: Cluster) -> None:
    arn = cluster.run(cluster.define("cat /proc/self/timerslack_ns"))
    cluster.reach(arn, "STOPPED")

    assert cluster.log(arn) == f"{TIMER_SLACK}\n"


def test_secrets_are_resolved_into_the_environment(cluster: Cluster) -> None:
    secrets = cluster.stack.client("secretsmanager")
    plain = secrets.create_secret(Name="plain", SecretString="one")["ARN"]
    json_text = json.dumps({"user": "two", "other": 3})
    with_keys = secrets.create_secret(Name="with-keys", SecretString=json_text)["ARN"]
    sources = {"PLAIN": plain, "MEMBER": f"{with_keys}:user::", "STAGED": f"{with_keys}:other:AWSCURRENT:"}
    definition = cluster.define(
        "echo $PLAIN $MEMBER $STAGED",
        secrets=[{"name": name, "valueFrom": source} for name, source in sources.items()],
    )

    arn = cluster.run(definition)
    cluster.reach(arn, "STOPPED")

    assert cluster.log(arn) == "one two 3\n"


@pytest.mark.parametrize("missing", ["secret", "key"])
def test_a_task_whose_secret_cannot_be_read_does_not_start(cluster: Cluster, missing: str) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:none-AAAAAA"
    if missing == "key":
        secrets = cluster.stack.client("secretsmanager")
        arn = secrets.create_secret(Name="s", SecretString="{}")["ARN"] + ":absent::"
    task = cluster.run(cluster.define("true", secrets=[{"name": "S", "valueFrom": arn}]))

    stopped = cluster.reach(task, "STOPPED")

    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")


def test_a_program_that_is_not_there_does_not_start(cluster: Cluster) -> None:
    definition = cluster.define("", entryPoint=["/no/such/program"])

    stopped = cluster.reach(cluster.run(definition), "STOPPED")

    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("CannotStartContainerError")


def test_a_program_that_ends_takes_the_task_with_it(cluster: Cluster) -> None:
    stopped = cluster.reach(cluster.run(cluster.define("exit 3")), "STOPPED")

    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["containers"][0]["exitCode"] == 3
    assert stopped["createdAt"] <= stopped["startedAt"] <= stopped["stoppedAt"]


def test_a_killed_program_has_the_exit_code_of_its_signal(cluster: Cluster) -> None:
    stopped = cluster.reach(cluster.run(cluster.define("kill -9 $$")), "STOPPED")

    assert stopped["containers"][0]["exitCode"] == 137


def test_stop_task_ends_the_program_and_frees_its_folder(cluster: Cluster) -> None:
    arn = cluster.run(cluster.define("echo $$ > pid; exec sleep 600"))
    cluster.reach(arn, "RUNNING")
    pid = cluster.pid(arn)

    cluster.stop(arn)
    stopped = cluster.reach(arn, "STOPPED")

    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "no longer needed")
    assert not is_running(pid)
    assert not cluster.folder(arn).exists()


def test_a_program_that_ignores_the_request_is_killed_after_its_stop_timeout(cluster: Cluster) -> None:
    arn = cluster.run(cluster.define("trap '' TERM; touch ready; while :; do sleep 0.05; done", stopTimeout=2))
    wait_for(lambda: (cluster.folder(arn) / "ready").exists())

    assert cluster.stop(arn)["lastStatus"] == "STOPPING"
    assert cluster.reach(arn, "STOPPED")["containers"][0]["exitCode"] == 137
