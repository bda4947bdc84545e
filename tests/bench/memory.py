"""How much memory a process takes, as Linux counts it, in MB."""

from pathlib import Path


def peak() -> float:
    """The most that this process has had resident since it began."""
    return _field(Path("/proc/self/status"), "VmHWM")


def resident(pid: int) -> float:
    """What a process has resident now."""
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Rss")


def _field(path: Path, name: str) -> float:
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"{path} has no {name}")
