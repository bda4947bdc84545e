"""What a stack that was killed has left: processes, found by the records of them on disk, and their folders."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

RECORD_SUFFIX = ".process"


def end_leftovers(folder: Path) -> None:
    """End the processes that a killed stack left behind in `folder`, and remove what they wrote."""
    for record in folder.glob(f"*{RECORD_SUFFIX}"):
        pid, _, started = record.read_text().partition(" ")
        if pid.isdigit() and started and started_at(int(pid)) == started:
            kill_group(int(pid))
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


def kill_group(pid: int) -> None:
    """Ends a process and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
