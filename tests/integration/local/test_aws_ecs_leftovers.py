"""No task outlives its stack, however that ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.local.aws_cluster import Cluster, is_running
from tests.integration.local.aws_stack import started, wait_for


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_stopping_the_stack_ends_all_tasks(home: Path) -> None:
    with started(home) as stack:
        cluster = Cluster(stack)
        arn = cluster.run(cluster.define("echo $$ > pid; exec sleep 600"))
        pid = cluster.pid(arn)

    assert not is_running(pid)
    assert not (home / "tasks").exists()


KILLED_STACK = """
import sys, time
from pathlib import Path
from tests.integration.local.aws_stack import started
from tests.integration.local.aws_cluster import Cluster
with started(Path(sys.argv[1])) as stack:
    cluster = Cluster(stack)
    cluster.reach(cluster.run(cluster.define("echo $$ > pid; exec sleep 600")), "RUNNING")
    print("running", flush=True)
    time.sleep(600)
"""


def test_the_next_start_ends_what_a_killed_stack_left(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_STACK, str(home)], stdout=subprocess.PIPE, text=True, env=environment
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "running\n"
        pid = int(wait_for(lambda: next(home.glob("tasks/*/pid")).read_text()))
        killed.send_signal(signal.SIGKILL)
    assert is_running(pid)

    with started(home):
        assert wait_for(lambda: not is_running(pid))


def test_a_process_that_only_has_the_same_id_is_left_alone(home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (home / "tasks").mkdir(parents=True)
        (home / "tasks" / "old.process").write_text(f"{stranger.pid} another-boot 1")
        with started(home):
            assert stranger.poll() is None
        stranger.kill()
