"""What docs/limits.md says of each size of a task is what its Redis is started with."""

import re
from pathlib import Path

import pytest

from swiftcache.instances.sizes import MIB, SIZES, TaskSize, largest_memory, task_size
from swiftcache.redis.limits import READERS, redis_limits

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()


def rows(persistence: bool) -> list[str]:
    """The rows of a table, as they must stand there."""
    return [
        _row(size, persistence) for size in SIZES if task_size(largest_memory(size, persistence), persistence) == size
    ]


def _row(size: TaskSize, persistence: bool) -> str:
    limits = redis_limits(size, persistence)
    memory = f"{largest_memory(size, persistence) // MIB:,} MB"
    task = f"{size.memory / 1024:g} GB"
    sums = f"{limits.buffers // MIB:,} MiB | {limits.answer // MIB:,} MiB | {limits.answer // 2 // MIB:,} MiB"
    return f"| {memory} | {task} | {limits.connections:,} | {limits.value:,} | {sums} |"


@pytest.mark.parametrize("persistence", [False, True], ids=["in memory", "kept"])
def test_the_page_has_the_limits_of_each_size(persistence: bool) -> None:
    heading = "## With persistence" if persistence else "## Without persistence"
    section = PAGE.split(f"{heading}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| [\d,]+ MB \|.*$", section, re.MULTILINE) == rows(persistence)


def test_the_page_says_how_many_may_read_the_largest_value_at_once() -> None:
    assert READERS == 4
    assert "by four connections at once" in PAGE
