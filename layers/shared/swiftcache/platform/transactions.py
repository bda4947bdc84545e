"""Several writes together or not at all, or one alone, tried again while they meet others on the same item.

While a request with an Idempotency-Key is worked on, its writes count themselves in the key's item, in the same
transaction: so the next try of the request knows what is done, and one that has lost its claim can write no more.
"""

import uuid
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.items import idempotency_key_key
from swiftcache.platform.jitter import pause
from swiftcache.platform.unit_of_work import IdempotentWork, current_work

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

SERVICE = "the record"
_TRIES = 8


def write_together(client: "DynamoDBClient", *writes: "TransactWriteItemTypeDef") -> None:
    """One transaction, tried again while it meets others on the same item: an organization's count is shared.

    Does nothing if an earlier try of the same request has done it. Raises ClientError for a condition not met,
    DependencyUnavailable if there is no getting through.
    """
    work = current_work()
    if work is None:
        _write(client, *writes)
    elif work.repeats and not work.undoes:
        work.pass_by()
    else:
        try:
            _write(client, *writes, _forgotten(writes[0], work) if work.undoes else _counted(writes[0], work))
        except ClientError as error:
            work.rewind()
            if _codes(error)[-1:] == ["ConditionalCheckFailed"]:
                raise DependencyUnavailable("another try of this request goes on in its place; try again") from error
            raise
        work.count()


def _write(client: "DynamoDBClient", *writes: "TransactWriteItemTypeDef") -> None:
    """One token for all tries makes a try whose answer was lost harmless."""
    token = str(uuid.uuid4())
    for number in range(_TRIES):
        try:
            with passing_errors_as_unavailable(SERVICE):
                client.transact_write_items(ClientRequestToken=token, TransactItems=writes)
            return
        except ClientError as error:
            if "TransactionConflict" not in _codes(error):
                raise
        pause(number)
    raise DependencyUnavailable(f"{SERVICE} is busy; please try again")


def write_alone(client: "DynamoDBClient", **update: Any) -> None:
    """One write of one item, tried again while a transaction is at work on it. It counts for no Idempotency-Key.

    Raises ClientError for a condition not met, DependencyUnavailable if there is no getting through.
    """
    for number in range(_TRIES):
        try:
            with passing_errors_as_unavailable(SERVICE):
                client.update_item(**update)
            return
        except DependencyUnavailable as error:
            cause = error.__cause__
            if not isinstance(cause, ClientError) or code_of(cause) != "TransactionConflictException":
                raise
        pause(number)
    raise DependencyUnavailable(f"{SERVICE} is busy; please try again")


def _counted(write: "TransactWriteItemTypeDef", work: IdempotentWork) -> "TransactWriteItemTypeDef":
    """Counts a write of this work, with what it notes, if the work is still its owner's."""
    note: dict[str, AttributeValueTypeDef] = {":note": {"S": work.note}} if work.note else {}
    return {
        "Update": {
            "TableName": _table_of(write),
            "Key": idempotency_key_key(work.account_key_id, work.key_sha256),
            "UpdateExpression": "SET applied = :next" + (", note = :note" if note else ""),
            "ConditionExpression": "#owner = :owner AND applied = :now",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {
                ":owner": {"S": work.owner},
                ":now": {"N": str(work.applied)},
                ":next": {"N": str(work.applied + 1)},
                **note,
            },
        }
    }


def _forgotten(write: "TransactWriteItemTypeDef", work: IdempotentWork) -> "TransactWriteItemTypeDef":
    """Removes the claim of this work, if the work is still its owner's."""
    return {
        "Delete": {
            "TableName": _table_of(write),
            "Key": idempotency_key_key(work.account_key_id, work.key_sha256),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {":owner": {"S": work.owner}},
        }
    }


def _table_of(write: "TransactWriteItemTypeDef") -> str:
    [request] = cast("list[dict[str, str]]", list(write.values()))
    return request["TableName"]


def _codes(error: ClientError) -> list[str]:
    """For each write of a cancelled transaction why it was cancelled, or `None`; empty if that is not what failed."""
    reasons = cast(list[dict[str, str]], error.response.get("CancellationReasons", []))
    return [reason.get("Code", "None") for reason in reasons]


def unmet(error: ClientError) -> int | None:
    """The first of a transaction's writes whose condition was not met; None if that is not what failed."""
    codes = _codes(error)
    return codes.index("ConditionalCheckFailed") if "ConditionalCheckFailed" in codes else None
