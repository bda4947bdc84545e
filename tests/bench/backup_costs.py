"""What a backup costs by the list: to take it, to keep it, to prove it. Figures for docs/deploy.md, from a model.

The function's speed is an assumption: what it copies is limited by Redis's fork, the network and its own share of a
processor. The proof's task loads the data in a task of the instance's size, for a minute.
"""

from dataclasses import dataclass

from swiftcache.changes.prices import monthly_cost
from swiftcache.instances.sizes import task_size
from tests.bench import price_list as prices

GB = 1024**3
PART = 8 * 1024**2
BYTES_A_SECOND = 50 * 1024**2
FUNCTION_MB = 512
TRANSITIONS = 15
RECORD_WRITES = 30
"""Units: the record, with the instance in it, begun, whole and removed, each in a transaction with its audit entry."""

SECRET, MINUTES_OF_A_MONTH = 0.40, 730 * 60


@dataclass(frozen=True, slots=True)
class BackupCost:
    """In USD. `kept` is for a month."""

    taken: float
    kept: float
    proved: float

    def daily(self, keep: int) -> float:
        """A month of a schedule with one a day, of which so many are kept."""
        return 30 * self.taken + keep * self.kept


def backup_cost(size_bytes: int) -> BackupCost:
    parts = -(-size_bytes // PART)
    seconds = 2 + size_bytes / BYTES_A_SECOND
    taken = (
        (parts + 2) * prices.S3_WRITE
        + seconds * FUNCTION_MB / 1024 * prices.LAMBDA_GB_SECOND
        + TRANSITIONS * prices.TRANSITION
        + RECORD_WRITES * prices.DYNAMODB_WRITE
        + 3 * prices.EVENT
        + 4 * prices.LAMBDA_REQUEST
    )
    task = (monthly_cost(task_size(size_bytes)) - SECRET) / MINUTES_OF_A_MONTH
    return BackupCost(taken, size_bytes / GB * prices.S3_GB_MONTH, task + 2 * prices.S3_READ)
