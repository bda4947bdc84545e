"""Runs tasks: from RunTask's record of a task to its end, each change an `ECS Task State Change` event."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.aws.ecs_task import Task
from local.aws.events import Events
from local.aws.network import Network
from local.aws.processes import ContainerProcess, clear
from local.aws.task_secrets import SecretNotReadableError, resolve
from local.aws.volumes import VolumeNotMountableError, Volumes, mounts_of
from local.leftovers import end_leftovers

DEFAULT_STOP_TIMEOUT_SECONDS = 30
LAST_GRACE_SECONDS = 1.5
"""What running tasks get to end when the whole stack stops."""


class Fargate:
    """Starts and stops the processes of tasks, in folders under `folder`. `access_points` gives their paths by id."""

    def __init__(
        self,
        folder: Path,
        client: Callable[[str], Any],
        network: Network,
        events: Events,
        volumes: Volumes,
        access_points: Callable[[], Mapping[str, str]],
    ) -> None:
        self._folder = folder
        self._volumes = volumes
        self._access_points = access_points
        self._client = client
        self._network = network
        self._events = events
        self._starters = ThreadPoolExecutor(8, "fargate")
        end_leftovers(folder)

    def start(self, task: Task) -> None:
        """Bring a task from PROVISIONING to RUNNING, or to STOPPED with the reason. Returns at once."""
        self._tell(task)
        self._starters.submit(self._start, task)

    def stop(self, task: Task, code: str, reason: str) -> None:
        """Begin to stop a task; one that has stopped, or is about to, stays as it is. Returns at once."""
        with task.lock:
            if task.desired == "STOPPED":
                return
            task.desired, task.stop_code, task.stopped_reason = "STOPPED", code, reason
            self._change(task, "STOPPING", "stoppingAt")
            if task.process is not None:
                grace = task.container.get("stopTimeout", DEFAULT_STOP_TIMEOUT_SECONDS)
                task.process.stop(float(grace))

    def close(self, tasks: list[Task]) -> None:
        """End all tasks of the stack; returns when no process is left."""
        self._starters.shutdown(wait=True, cancel_futures=True)
        running = [task for task in tasks if task.process is not None and not task.ended.is_set()]
        for task in running:
            self.stop(task, "ServiceSchedulerInitiated", "The local stack was stopped")
        for task in running:
            if task.process is not None and not task.process.wait(LAST_GRACE_SECONDS):
                task.process.kill()
        for task in running:
            task.ended.wait()
        end_leftovers(self._folder)

    def _start(self, task: Task) -> None:
        with task.lock:
            if task.desired == "RUNNING":
                self._change(task, "PENDING", "connectivityAt", "pullStartedAt")
        try:
            environment = self._environment(task)
        except SecretNotReadableError as error:
            self._fail(
                task,
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource"
                f" retrieval failed: unable to retrieve secret from asm: {error}",
            )
            return
        except VolumeNotMountableError as error:
            self._fail(
                task,
                "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes:"
                f" stderr: {error}",
            )
            return
        with task.lock:
            if task.desired == "STOPPED":
                self._finish(task)
                return
            try:
                task.process = ContainerProcess(
                    self._folder / task.id, _command(task), environment, lambda code: self._exited(task, code)
                )
            except OSError as error:
                self._fail(task, f"CannotStartContainerError: {error}")
                return
            self._change(task, "RUNNING", "pullStoppedAt", "startedAt")
            task.settled.set()

    def _environment(self, task: Task) -> dict[str, str]:
        container = task.container
        secret = resolve(self._client("secretsmanager"), container.get("secrets", []))
        address = task.interface.address
        mounts = mounts_of(task.definition, self._access_points())
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._folder / task.id),
            **self._volumes.translate(task.environment, mounts),
            **secret,
            "SWIFTCACHE_TASK_ADDRESS": address.host,
            "SWIFTCACHE_TASK_PORT": str(address.port),
        }

    def _fail(self, task: Task, reason: str) -> None:
        with task.lock:
            task.desired, task.stop_code, task.stopped_reason = "STOPPED", "TaskFailedToStart", reason
            self._finish(task)

    def _exited(self, task: Task, code: int) -> None:
        with task.lock:
            task.exit_code = code
            by_itself = task.desired == "RUNNING"
            if by_itself:
                task.desired, task.stop_code = "STOPPED", "EssentialContainerExited"
                task.stopped_reason = "Essential container in task exited"
            clear(self._folder / task.id, keep_log=by_itself)
            self._finish(task)

    def _finish(self, task: Task) -> None:
        self._network.detach(task.interface)
        self._change(task, "STOPPED", "stoppingAt", "executionStoppedAt", "stoppedAt")
        task.settled.set()
        task.ended.set()

    def _change(self, task: Task, status: str, *moments: str) -> None:
        task.stamp(*moments)
        task.status = status
        task.version += 1
        self._tell(task)

    def _tell(self, task: Task) -> None:
        self._events.emit("aws.ecs", "ECS Task State Change", [task.arn], task.event_detail())


def _command(task: Task) -> list[str]:
    return [*task.container.get("entryPoint", []), *task.container.get("command", [])]
