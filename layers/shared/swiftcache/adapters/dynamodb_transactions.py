"""Several writes together or not at all, tried again while they meet others on the same item."""

import random
import time
import uuid
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.domain.errors import DependencyUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

SERVICE = "the record"
_TRIES = 8


def write_together(client: "DynamoDBClient", *writes: "TransactWriteItemTypeDef") -> None:
    """One transaction, tried again while it meets others on the same item: an organization's count is shared.

    One token for all tries makes a try whose answer was lost harmless. Raises ClientError for a condition not met,
    DependencyUnavailable if there is no getting through.
    """
    token = str(uuid.uuid4())
    for number in range(_TRIES):
        try:
            with passing_errors_as_unavailable(SERVICE):
                client.transact_write_items(ClientRequestToken=token, TransactItems=writes)
            return
        except ClientError as error:
            if "TransactionConflict" not in _codes(error):
                raise
        # Full jitter; the same exponent would let the same two meet again.
        time.sleep(random.SystemRandom().uniform(0, min(0.02 * 2**number, 0.5)))
    raise DependencyUnavailable(f"{SERVICE} is busy; please try again")


def _codes(error: ClientError) -> list[str]:
    """For each write of a cancelled transaction why it was cancelled, or `None`; empty if that is not what failed."""
    reasons = cast(list[dict[str, str]], error.response.get("CancellationReasons", []))
    return [reason.get("Code", "None") for reason in reasons]


def unmet(error: ClientError) -> int | None:
    """The first of a transaction's writes whose condition was not met; None if that is not what failed."""
    codes = _codes(error)
    return codes.index("ConditionalCheckFailed") if "ConditionalCheckFailed" in codes else None
