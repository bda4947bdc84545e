"""What an organization's instances take of its limits, in the organization's own item.

Most changes of it are part of the transaction that makes them true. Creations are too many for that: of transactions
that change one item at the same moment DynamoDB refuses all but one, while single writes of one item wait for each
other. So a creation first reserves, under its instance's id, in one write; then it writes the instance; then its
reservation is settled, which takes nothing and gives nothing back. What was reserved by a request that died before the
instance was written is given back by the reconciler.

    instancesLeft, memoryLeft     what is left of both limits
    usageVersion                  counts the changes of what is used
    reserved#<instance id>        `memory` in bytes, and `at`: a creation that may be under way
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.instances.model import Instance
from swiftcache.organizations.model import Limits, OrganizationStatus
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import Conflict, DependencyUnavailable, LimitExceeded, LimitUsage, NotFound
from swiftcache.platform.items import organization_key
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.transactions import SERVICE, write_alone
from swiftcache.platform.unit_of_work import already_applied

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateTypeDef

PENDING = timedelta(minutes=1)
"""A request that has reserved is over by then: the API's functions live for 30 s at most."""

_RESERVED = "reserved#"
_CHANGE = "ADD instancesLeft :instances, memoryLeft :memory, usageVersion :one"
"""The version lets the reconciler notice a change that another has balanced."""

_ENOUGH = "#status = :active AND instancesLeft >= :needed AND memoryLeft >= :bytes"


@dataclass(frozen=True, slots=True)
class Reservation:
    """`memory` is in bytes."""

    instance_id: str
    memory: int
    at: datetime

    def is_pending(self, now: datetime) -> bool:
        """Whether its instance may still be written."""
        return now - self.at < PENDING


class Reservations:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def reserve(self, instance: Instance) -> None:
        """Takes what it needs, once for its id. Does nothing if an earlier try of the same request has written it.

        Raises LimitExceeded, NotFound, Conflict for an organization that is not ACTIVE, DependencyUnavailable.
        """
        if already_applied():
            return
        taken = take(self._table, instance.organization_id, 1, instance.max_memory)
        name = _RESERVED + instance.id
        reservation = {"memory": {"N": str(instance.max_memory)}, "at": {"S": timestamp(self._now())}}
        update: dict[str, Any] = {
            **taken,
            "UpdateExpression": f"SET #reservation = :reservation {_CHANGE}",
            "ConditionExpression": f"{_ENOUGH} AND attribute_not_exists(#reservation)",
            "ExpressionAttributeNames": {"#status": "status", "#reservation": name},
            "ExpressionAttributeValues": {**taken["ExpressionAttributeValues"], ":reservation": {"M": reservation}},
        }
        try:
            write_alone(self._client, ReturnValuesOnConditionCheckFailure="ALL_OLD", **update)
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            item = cast(dict[str, Any] | None, error.response.get("Item"))
            if name not in (item or {}):
                raise refusal_of(item, instance.organization_id, instance.max_memory) from error
            self._renew(instance.organization_id, name, reservation)

    def _renew(self, organization_id: str, name: str, reservation: dict[str, Any]) -> None:
        """An earlier try of the same request has made it, and may have done so long ago."""
        try:
            write_alone(
                self._client,
                TableName=self._table,
                Key=organization_key(organization_id),
                UpdateExpression="SET #reservation = :reservation",
                ConditionExpression="attribute_exists(#reservation)",
                ExpressionAttributeNames={"#reservation": name},
                ExpressionAttributeValues={":reservation": {"M": reservation}},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise DependencyUnavailable("what this request had reserved was just given back; try again") from error

    def settle(self, instance: Instance) -> None:
        """The instance is written. What cannot be settled now is harmless: it is counted once, and ends with it."""
        try:
            write_alone(
                self._client,
                TableName=self._table,
                Key=organization_key(instance.organization_id),
                UpdateExpression="REMOVE #reservation",
                # Else this would make an item of an organization that is gone meanwhile.
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeNames={"#reservation": _RESERVED + instance.id},
            )
        except DependencyUnavailable:
            pass
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise


def reservations_of(item: dict[str, Any]) -> Iterator[Reservation]:
    """Those in an organization's item in DynamoDB's JSON."""
    for name, value in item.items():
        if name.startswith(_RESERVED):
            reserved = value["M"]
            at = datetime.fromisoformat(reserved["at"]["S"])
            yield Reservation(name.removeprefix(_RESERVED), int(reserved["memory"]["N"]), at)


def removal_of(instance_ids: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The clause of an update that removes these reservations, and the names that it uses."""
    names = {f"#reservation{number}": _RESERVED + id_ for number, id_ in enumerate(instance_ids)}
    return f" REMOVE {', '.join(names)}" if names else "", names


def take(table: str, organization_id: str, instances: int, memory: int) -> "UpdateTypeDef":
    """Takes so many instances and bytes of what is left of an organization's limits, if there is so much.

    One that is not ACTIVE gets nothing more.
    """
    return {
        "TableName": table,
        "Key": organization_key(organization_id),
        "UpdateExpression": _CHANGE,
        "ConditionExpression": _ENOUGH,
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":active": {"S": OrganizationStatus.ACTIVE.value},
            ":instances": {"N": str(-instances)},
            ":memory": {"N": str(-memory)},
            ":one": {"N": "1"},
            ":needed": {"N": str(instances)},
            ":bytes": {"N": str(memory)},
        },
    }


def give_back(table: str, organization_id: str, instances: int, memory: int) -> "UpdateTypeDef":
    """Gives back what was taken."""
    return {
        "TableName": table,
        "Key": organization_key(organization_id),
        "UpdateExpression": _CHANGE,
        "ConditionExpression": "attribute_exists(PK)",
        "ExpressionAttributeValues": {
            ":instances": {"N": str(instances)},
            ":memory": {"N": str(memory)},
            ":one": {"N": "1"},
        },
    }


def give_back_all(table: str, instance: Instance) -> "UpdateTypeDef":
    """Gives back what an instance has taken, and its reservation, if that was never settled, with it."""
    given = give_back(table, instance.organization_id, 1, instance.reserved_memory)
    clause, names = removal_of((instance.id,))
    return {**given, "UpdateExpression": _CHANGE + clause, "ExpressionAttributeNames": names}


def refusal(client: "DynamoDBClient", table: str, organization_id: str, memory: int) -> Exception:
    """Why an organization could not take so much more (bytes)."""
    with passing_errors_as_unavailable(SERVICE):
        answer = client.get_item(TableName=table, Key=organization_key(organization_id), ConsistentRead=True)
    return refusal_of(answer.get("Item"), organization_id, memory)


def refusal_of(item: dict[str, Any] | None, organization_id: str, memory: int) -> Exception:
    """The same, of an organization with this item."""
    if item is None:
        return NotFound(f"there is no organization {organization_id}")
    status = item["status"]["S"]
    if status != OrganizationStatus.ACTIVE:
        return Conflict(f"the organization is {status}")
    limits = Limits(int(item["instanceLimit"]["N"]), int(item["memoryLimit"]["N"]))
    used = Limits(limits.instances - int(item["instancesLeft"]["N"]), limits.memory - int(item["memoryLeft"]["N"]))
    return LimitExceeded(
        f"the organization has {used.instances} of {limits.instances} instances and {used.memory} of "
        f"{limits.memory} bytes of memory; this needs {memory} bytes. Delete an instance, or ask the operator",
        LimitUsage("instances", limits.instances, used.instances, 1),
        LimitUsage("memory", limits.memory, used.memory, memory),
    )
