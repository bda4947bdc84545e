"""What an instance costs a month, by the list: Linux on ARM on Fargate in eu-central-1, in USD, without data transfer.

From https://aws.amazon.com/fargate/pricing/, https://aws.amazon.com/vpc/pricing/ and
https://aws.amazon.com/secrets-manager/pricing/ as of November 2025. Prices change, and discounts are not in them: it is
for comparing sizes.
"""

from swiftcache.domain.sizes import TaskSize

AS_OF = "2025-11"

_VCPU_HOUR = 0.03725
_GB_HOUR = 0.00409
_PUBLIC_ADDRESS_HOUR = 0.005
_SECRET_MONTH = 0.40
_HOURS = 730


def monthly_cost(size: TaskSize) -> float:
    """An instance with a task of this size: the task, its public address and its secret. To the cent."""
    hour = size.cpu / 1024 * _VCPU_HOUR + size.memory / 1024 * _GB_HOUR + _PUBLIC_ADDRESS_HOUR
    return round(hour * _HOURS + _SECRET_MONTH, 2)
