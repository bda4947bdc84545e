"""ECS's events in a storm: what it tells of a task, when, as WatchTasks gets it."""

from collections.abc import Callable
from functools import partial

from tests.bench import stage_times as stages
from tests.bench.simulated_tasks import Json, Task
from tests.bench.stage_times import Times
from tests.bench.storm_account import Account

VERSIONS = {"PENDING": 2, "RUNNING": 3, "STOPPED": 5}
AGAIN_SECONDS = (0, 60, 120)
"""How long Lambda waits before each try of an event that a function failed on."""


class TaskEvents:
    """Tells WatchTasks of an instance's tasks."""

    def __init__(self, account: Account, times: Times, instance_id: str) -> None:
        self._account = account
        self._times = times
        self._instance_id = instance_id

    def started(self, task: Task) -> None:
        """It will have its interface, and run, unless it is stopped before."""
        self._later(task, "PENDING", task.interface_at, lambda at: at < task.stopping_at)
        self._later(task, "RUNNING", task.running_at, lambda at: at < task.stopping_at)

    def stopping(self, task: Task) -> None:
        self._later(task, "STOPPED", task.stopped_at, lambda _: True)

    def _later(self, task: Task, status: str, at: float, still: Callable[[float], bool]) -> None:
        delay = at - self._account.scheduler.now() + self._times.of(stages.TASK_STATUS)
        self._account.scheduler.spawn(partial(self._tell, task, status, at, still), delay)

    def _tell(self, task: Task, status: str, at: float, still: Callable[[float], bool]) -> None:
        if not still(at):
            return
        details = [{"name": "networkInterfaceId", "value": "eni-1"}]
        detail: Json = {
            "taskArn": task.arn,
            "group": task.group,
            "startedBy": self._instance_id,
            "lastStatus": status,
            "version": VERSIONS[status],
            "attachments": [{"details": details}],
            "containers": [],
        }
        for seconds in AGAIN_SECONDS:
            self._account.scheduler.sleep(seconds)
            try:
                self._account.invoke("WatchTasksFunction", {"detail": detail})
            except LookupError:
                raise
            except Exception:  # the event is tried again
                continue
            return
