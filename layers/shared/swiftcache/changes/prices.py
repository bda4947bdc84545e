"""What an instance costs a month, by the list: Linux on ARM on Fargate in eu-central-1, in USD, without data transfer.

From https://aws.amazon.com/fargate/pricing/, https://aws.amazon.com/vpc/pricing/ and
https://aws.amazon.com/secrets-manager/pricing/ as of November 2025; that of EFS (Standard storage,
https://aws.amazon.com/efs/pricing/) was written down from memory. Prices change, and discounts are not in them: it is
for comparing sizes.
"""

from swiftcache.instances.sizes import TaskSize

AS_OF = "2025-11"

_VCPU_HOUR = 0.03725
_GB_HOUR = 0.00409
_PUBLIC_ADDRESS_HOUR = 0.005
_SECRET_MONTH = 0.40
_VOLUME_GB_MONTH = 0.36
_HOURS = 730
_GB = 1024**3


def monthly_cost(size: TaskSize, volume: int = 0, *, is_public: bool = True) -> float:
    """An instance with a task of this size: the task, its public address if it has one, its secret, and a volume.

    To the cent. `volume` is the bytes in it. What is written to it costs besides, by the GB: nobody knows before how
    much that is.
    """
    hour = size.cpu / 1024 * _VCPU_HOUR + size.memory / 1024 * _GB_HOUR + is_public * _PUBLIC_ADDRESS_HOUR
    return round(hour * _HOURS + _SECRET_MONTH + volume / _GB * _VOLUME_GB_MONTH, 2)


def persistence_cost(max_memory: int) -> float:
    """What the volume of a full instance of this size costs a month."""
    return full_volume(max_memory, persistence=True) / _GB * _VOLUME_GB_MONTH


def full_volume(max_memory: int, persistence: bool) -> int:
    """The bytes in the volume of a full instance of this size: Redis rewrites its file when that has doubled."""
    return 2 * max_memory if persistence else 0
