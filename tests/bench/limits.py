"""What this machine lets us have: open files and processes. Soft limits are raised for the time of a measurement."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/pids.max")


class MachineTooSmall(Exception):
    """A limit is lower than what is needed, and not ours to raise."""


@contextmanager
def room_for(files: int, processes: int) -> Iterator[None]:
    """So many open files in one process, and so many processes and threads, also for what is started meanwhile.

    Raises MachineTooSmall, which says what to change.
    """
    wanted = {
        "open files in a process (ulimit -Hn)": (resource.RLIMIT_NOFILE, files),
        "processes and threads (ulimit -Hu)": (resource.RLIMIT_NPROC, processes),
    }
    before = {limit: resource.getrlimit(limit) for limit, _ in wanted.values()}
    try:
        for name, (limit, least) in wanted.items():
            _raise(limit, least, name)
        _check_cgroup(processes)
        yield
    finally:
        for limit, values in before.items():
            resource.setrlimit(limit, values)


def _raise(limit: int, least: int, name: str) -> None:
    soft, hard = resource.getrlimit(limit)
    if not suffices(hard, least):
        raise MachineTooSmall(f"this machine allows {hard} {name}; at least {least} are needed")
    if not suffices(soft, least):
        resource.setrlimit(limit, (least, hard))


def suffices(limit: int, least: int) -> bool:
    """Whether a limit as the system tells it is no lower than this."""
    return limit == resource.RLIM_INFINITY or limit >= least


def _check_cgroup(processes: int) -> None:
    allowed = _CGROUP.read_text().strip() if _CGROUP.exists() else "max"
    if allowed != "max" and int(allowed) < processes:
        raise MachineTooSmall(f"this container allows {allowed} processes (pids.max); at least {processes} are needed")
