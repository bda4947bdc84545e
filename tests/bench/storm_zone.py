"""Route 53's one hosted zone on virtual time: batches of changes, and when each is INSYNC."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bench import stage_times as stages
from tests.bench.stage_times import Times

Json = dict[str, Any]


class InvalidChangeBatch(ValueError):
    """A batch that Route 53 refuses as a whole."""


@dataclass
class Zone:
    """`records` are the A records' values by their names, without the last dot. In seconds, `now` gives the time.

    That Route 53 may refuse a change while it still works on one before is not simulated.
    """

    times: Times
    now: Callable[[], float]
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)
    in_sync_at: dict[str, float] = field(default_factory=dict)

    def change(self, changes: list[tuple[str, str, tuple[str, ...]]]) -> str:
        """Makes all changes (action, name, values) or none; the change's id. Raises InvalidChangeBatch."""
        records = self.records.copy()
        problems: list[str] = []
        for action, name, values in changes:
            key = name.rstrip(".")
            if action == "UPSERT":
                records[key] = values
            elif records.get(key) != values:
                why = "the values provided do not match the current values" if key in records else "it was not found"
                problems.append(f"Tried to delete resource record set [name='{name}', type='A'] but {why}")
            else:
                del records[key]
        if problems:
            raise InvalidChangeBatch(f"[{', '.join(problems)}]")
        self.records = records
        change_id = f"C{len(self.in_sync_at) + 1}"
        self.in_sync_at[change_id] = self.now() + self.times.of(stages.IN_SYNC)
        return change_id

    def in_sync(self, change_id: str) -> bool:
        return self.now() >= self.in_sync_at[change_id]
