"""Runs tasks: from RunTask's record of a task to its end, each change an `ECS Task State Change` event."""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local import engines
from local.aws import environment_files
from local.aws.container_order import Turn, turn_of
from local.aws.ecs_task import Container, Task
from local.aws.environment_files import FileNotReadableError
from local.aws.events import Events
from local.aws.network import Network
from local.aws.processes import ContainerProcess, clear
from local.aws.task_secrets import SecretNotReadableError, resolve
from local.aws.volumes import VolumeNotMountableError, Volumes, mounts_of, shared_mounts_of
from local.leftovers import end_leftovers

DEFAULT_STOP_TIMEOUT_SECONDS = 30
LAST_GRACE_SECONDS = 1.5
"""What running tasks get to end when the whole stack stops."""

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"

_TOLD_TO = ("UserInitiated", "ServiceSchedulerInitiated")
"""Of a task that was told to stop nothing is left; the others' logs say why they ended."""

Environments = Mapping[str, Mapping[str, str]]
"""Those of a task's containers, by their names."""


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
            self._want_stopped(task, code, reason)
            self._change(task, "STOPPING", "stoppingAt")
            self._stop_containers(task)

    def close(self, tasks: list[Task]) -> None:
        """End all tasks of the stack; returns when no process is left."""
        self._starters.shutdown(wait=True, cancel_futures=True)
        running = [task for task in tasks if _processes(task) and not task.ended.is_set()]
        for task in running:
            self.stop(task, "ServiceSchedulerInitiated", "The local stack was stopped")
        for process in [process for task in running for process in _processes(task)]:
            if not process.wait(LAST_GRACE_SECONDS):
                process.kill()
        for task in running:
            task.ended.wait()
        end_leftovers(self._folder)

    def _start(self, task: Task) -> None:
        with task.lock:
            if task.desired == "RUNNING":
                self._change(task, "PENDING", "connectivityAt", "pullStartedAt")
        try:
            environments = {container.name: self._environment(task, container) for container in task.containers}
        except SecretNotReadableError as error:
            self._fail(
                task,
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource"
                f" retrieval failed: unable to retrieve secret from asm: {error}",
            )
            return
        except FileNotReadableError as error:
            self._fail(task, f"ResourceInitializationError: failed to download env files: {error}")
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
            else:
                self._start_containers(task, environments)

    def _start_containers(self, task: Task, environments: Environments) -> None:
        """All whose turn it is. Called under the task's lock, again with each end of a container."""
        begun = task.status
        while ready := [each for each in task.containers if each.status == "PENDING" and _is_next(each, task)]:
            for container in ready:
                try:
                    self._start_container(task, container, environments)
                except OSError as error:
                    self._fail(task, f"CannotStartContainerError: {error}")
                    return
        left = [container for container in task.containers if container.status == "PENDING"]
        if any(turn_of(container, task) is Turn.NEVER for container in left):
            self._fail(task, "Task failed to start")
        elif not left and begun == "PENDING":
            self._change(task, "RUNNING", "pullStoppedAt", "startedAt")
            task.settled.set()

    def _start_container(self, task: Task, container: Container, environments: Environments) -> None:
        container.process = ContainerProcess(
            self._home(task, container),
            _command(container),
            environments[container.name],
            lambda code: self._exited(task, container, code, environments),
            _memory(container),
            task.interface.address.enter,
        )
        container.status = "RUNNING"
        task.stamp("pullStoppedAt")

    def _environment(self, task: Task, container: Container) -> dict[str, str]:
        definition = container.definition
        secret = resolve(self._client("secretsmanager"), definition.get("secrets", []))
        files = environment_files.read(self._client("s3"), task.environment_files(container))
        address = task.interface.address
        given = self._volumes.translate(
            files | task.environment(container), mounts_of(task.definition, definition, self._access_points())
        )
        shared = Volumes(self._shared(task)).translate(given, shared_mounts_of(task.definition, definition))
        return {
            "PATH": engines.path(),
            "HOME": str(self._home(task, container)),
            **shared,
            **secret,
            "SWIFTCACHE_TASK_ADDRESS": address.host,
            "SWIFTCACHE_TASK_PORT": str(address.port),
        }

    def _home(self, task: Task, container: Container) -> Path:
        """A container's folder; that of a task's first one is called as the task."""
        is_first = container is task.containers[0]
        return self._folder / (task.id if is_first else f"{task.id}-{container.name}")

    def _shared(self, task: Task) -> Path:
        """Where the volumes are that its containers share."""
        return self._folder / f"{task.id}.volumes"

    def _fail(self, task: Task, reason: str) -> None:
        with task.lock:
            self._want_stopped(task, "TaskFailedToStart", reason)
            self._stop_containers(task)
            self._finish_if_ended(task)

    def _exited(self, task: Task, container: Container, code: int, environments: Environments) -> None:
        with task.lock:
            container.status, container.exit_code = "STOPPED", code
            if container.process and container.process.out_of_memory:
                container.reason = OUT_OF_MEMORY
            by_itself = task.desired == "RUNNING"
            clear(self._home(task, container), keep_log=by_itself)
            if by_itself and container.essential:
                self._want_stopped(task, "EssentialContainerExited", "Essential container in task exited")
                self._stop_containers(task)
            elif by_itself:
                self._start_containers(task, environments)
            self._finish_if_ended(task)

    def _want_stopped(self, task: Task, code: str, reason: str) -> None:
        if task.desired != "STOPPED":
            task.desired, task.stop_code, task.stopped_reason = "STOPPED", code, reason

    def _stop_containers(self, task: Task) -> None:
        for container in task.containers:
            if container.process is not None and container.status == "RUNNING":
                container.process.stop(float(container.definition.get("stopTimeout", DEFAULT_STOP_TIMEOUT_SECONDS)))

    def _finish_if_ended(self, task: Task) -> None:
        is_running = any(container.status == "RUNNING" for container in task.containers)
        if task.desired == "STOPPED" and not is_running and not task.ended.is_set():
            self._finish(task)

    def _finish(self, task: Task) -> None:
        shutil.rmtree(self._shared(task), ignore_errors=True)
        if task.stop_code in _TOLD_TO:
            for container in task.containers:
                clear(self._home(task, container), keep_log=False)
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


def _is_next(container: Container, task: Task) -> bool:
    return turn_of(container, task) is Turn.NOW


def _processes(task: Task) -> list[ContainerProcess]:
    return [container.process for container in task.containers if container.process is not None]


def _command(container: Container) -> list[str]:
    return [*container.definition.get("entryPoint", []), *container.definition.get("command", [])]


def _memory(container: Container) -> int | None:
    """What a container may take, in bytes. Only where it has a limit of its own is it looked after."""
    limit = container.definition.get("memory")
    return int(limit) * 1024 * 1024 if limit else None
