"""Processes that stand for containers, and the memory of them on disk, so that none outlives its stack."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOG = "task.log"
RECORD_SUFFIX = ".process"


class ContainerProcess:
    """One running container: its main process and whatever that starts, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        argv: Sequence[str],
        environment: Mapping[str, str],
        on_exit: Callable[[int], None],
    ) -> None:
        """Start it. `on_exit` gets the exit code, as a container engine counts it, when it has ended.

        Raises OSError when the program cannot be started.
        """
        folder.mkdir(parents=True, mode=0o700)
        self._folder = folder
        self._on_exit = on_exit
        with (folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                list(argv),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._record = folder.with_suffix(RECORD_SUFFIX)
        self._record.write_text(f"{self._process.pid} {started_at(self._process.pid)}")
        self._ended = threading.Event()
        threading.Thread(target=self._wait, name=f"task-{folder.name}", daemon=True).start()

    def stop(self, grace_seconds: float) -> None:
        """Ask the main process to end (SIGTERM), then end it (SIGKILL). Returns at once."""
        if self._ended.is_set():
            return
        self._process.send_signal(signal.SIGTERM)
        timer = threading.Timer(grace_seconds, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End all of it now."""
        if not self._ended.is_set():
            _kill_group(self._process.pid)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most this time."""
        return self._ended.wait(seconds)

    def _wait(self) -> None:
        code = self._process.wait()
        _kill_group(self._process.pid)
        self._record.unlink(missing_ok=True)
        self._ended.set()
        self._on_exit(128 - code if code < 0 else code)


def clear(folder: Path, keep_log: bool) -> None:
    """Remove a container's folder: with it, whatever keys the container wrote down."""
    if not keep_log:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOG:
            entry.unlink(missing_ok=True)


def end_leftovers(folder: Path) -> None:
    """End the processes that a killed stack left behind in `folder`, and remove what they wrote."""
    for record in folder.glob(f"*{RECORD_SUFFIX}"):
        pid, _, started = record.read_text().partition(" ")
        if pid.isdigit() and started and started_at(int(pid)) == started:
            _kill_group(int(pid))
    shutil.rmtree(folder, ignore_errors=True)


def started_at(pid: int) -> str:
    """When a process started: with its id, that tells it from every other. Empty when there is none."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # The name, second, may hold spaces and brackets; the start time is the 22nd field.
        return f"{boot} {stat.rpartition(')')[2].split()[19]}"
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
