"""Counter states and hours of metrics as DynamoDB items, and back.

    PK                    SK                     what
    METRICS#<org id>      LAST#<instance id>     an instance's counter state: those of an organization are one query
    METRICS#<instance id> HOUR#<RFC 3339 hour>   the sums of an hour

Both go by themselves, by `ttl`, when they have not been written for longer than a day. They lie apart from what they
are about, because they are written every minute: whoever follows the table's stream can leave out the partition.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import CounterState, LiveFigures
from swiftcache.platform.counters import Counters
from swiftcache.platform.items import attributes, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

COUNTER_STATE = "LAST#"
HOUR = "HOUR#"

NOTED = {"noted_commands": "commands", "noted_bytes_in": "bytes_in", "noted_bytes_out": "bytes_out"}
"""Attributes of the counter state's own, since only such can be added to, and the counters that they are."""


def counter_state_key(organization_id: str, instance_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": partition(organization_id)}, "SK": {"S": f"{COUNTER_STATE}{instance_id}"}}


def partition(of: str) -> str:
    """Of an organization's counter states, or an instance's hours, by its id."""
    return f"METRICS#{of}"


def hour_key(instance_id: str, hour: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": partition(instance_id)}, "SK": {"S": f"{HOUR}{hour}"}}


def counter_state_attributes(state: CounterState) -> "dict[str, AttributeValueTypeDef]":
    """All of it but what is noted, which is only ever added to."""
    values = {
        "sequence": state.sequence,
        "run_id": state.run_id,
        "retired": state.retired,
        "at": state.at,
        "counters": asdict(state.counters),
        "totals": asdict(state.totals),
        "settled": asdict(state.settled),
        "live": asdict(state.live) if state.live else None,
        "key_use": {key: asdict(use) for key, use in state.key_use.items()},
    }
    return attributes(values)


def counter_state_of(item: dict[str, Any]) -> CounterState:
    """The counter state in an item in DynamoDB's JSON, which may have nothing but what is noted."""
    values = plain(item)
    noted = Counters(**{name: int(values.get(attribute, 0)) for attribute, name in NOTED.items()})
    if "sequence" not in values:
        return CounterState(noted=noted)
    return CounterState(
        sequence=int(values["sequence"]),
        run_id=values["run_id"],
        retired=values["retired"],
        at=values["at"],
        counters=Counters(**_whole(values["counters"])),
        totals=Counters(**_whole(values["totals"])),
        noted=noted,
        settled=Counters(**_whole(values["settled"])),
        live=LiveFigures(**_whole(values["live"])),
        key_use={key: KeyUse(use["last_used_at"], int(use["connections"])) for key, use in values["key_use"].items()},
    )


def hour_of_item(item: dict[str, Any]) -> tuple[str, Counters]:
    """The start of the hour, and its sums."""
    values = plain(item)
    sums = {name: int(values.get(name, 0)) for name in asdict(Counters())}
    return values["SK"].removeprefix(HOUR), Counters(**sums)


def _whole(values: dict[str, Any]) -> dict[str, int]:
    """DynamoDB's numbers come as Decimal."""
    return {name: int(value) for name, value in values.items()}
