"""What docs/deploy.md says of the cost of an instance is what the plan of a change counts with."""

import re
from pathlib import Path

import pytest

from swiftcache.changes.prices import monthly_cost
from swiftcache.instances.sizes import MIB, SIZES, TaskSize, largest_memory, task_size
from tests.bench.backup_costs import backup_cost

PAGE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
ROWS = re.findall(r"^\| (\S+)(?: MB)? \| (\S+) MB \| (\S+) vCPU, (\S+) GB \| about \$(\d+) \|$", PAGE, re.MULTILINE)
ADDRESS, SECRET = 3.65, 0.40
"""A month of each, in USD; the page counts them apart."""


def test_the_page_has_a_row_for_each_size_of_a_task() -> None:
    assert [(float(cpu) * 1024, float(memory) * 1024) for _, _, cpu, memory, _ in ROWS] == [
        (size.cpu, size.memory) for size in SIZES
    ]
    assert f"${ADDRESS:.2f} for the public IPv4 address, ${SECRET:.2f} for the secret" in PAGE


@pytest.mark.parametrize(("row", "size"), list(zip(ROWS, SIZES, strict=True)), ids=[str(size.memory) for size in SIZES])
def test_a_row_says_what_the_task_carries_and_costs(row: tuple[str, ...], size: TaskSize) -> None:
    memory, kept, _, _, cost = row
    assert kept == megabytes(size, persistence=True)
    # A larger task is for data that are kept alone: without them a smaller one carries as much.
    carries = task_size(largest_memory(size)) == size
    assert memory == (megabytes(size, persistence=False) if carries else "–")
    assert int(cost) == round(monthly_cost(size) - ADDRESS - SECRET)


def megabytes(size: TaskSize, *, persistence: bool) -> str:
    return f"{largest_memory(size, persistence) // MIB:,}"


BACKUPS = re.findall(r"^\| (\S+) (MB|GB) \| \$(\S+) \| \$(\S+) \| \$(\S+) \| \$(\S+) \|$", PAGE, re.MULTILINE)


def test_the_page_has_a_small_and_the_largest_backup() -> None:
    assert [(number, unit) for number, unit, *_ in BACKUPS] == [("100", "MB"), ("1", "GB"), ("4", "GB")]


@pytest.mark.parametrize("row", BACKUPS, ids=lambda row: " ".join(row[:2]))
def test_a_row_says_what_a_backup_costs(row: tuple[str, ...]) -> None:
    number, unit, taken, kept, proved, daily = row
    cost = backup_cost(int(number) * {"MB": MIB, "GB": 1024 * MIB}[unit])
    assert (taken, kept, proved) == (f"{cost.taken:.4f}", f"{cost.kept:.4f}", f"{cost.proved:.4f}")
    assert daily == f"{cost.daily(7):.2f}"
