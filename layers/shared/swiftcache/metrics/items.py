"""Buckets of counter states, notes and hours of metrics as DynamoDB items, and back.

    PK                        SK                    what
    METRICS#BUCKET#<number>   STATES                the counter states of a bucket's instances, packed
    METRICS#BUCKET#<number>   NOTE#<instance id>    what conversations of ours have added to an instance's counters
    METRICS#STEPS#<number>    STEP#<RFC 3339 time>  how far the hour of a bucket's instances had come after five minutes
    METRICS#<instance id>     HOUR#<RFC 3339 hour>  the sums of an hour that is over, and what Redis held at its end
    METRICS#<org id>          LAST#<instance id>    that nobody counts by the earlier layout any more

A bucket's states and notes are one query. All go by themselves, by `ttl`: hours after a week, states when they have not
been written for as long, notes after a day, steps after some hours. They lie apart from what they are about, because
they are written every minute: whoever follows the table's stream can leave out the partition.

Until 1.0 each instance had its counter state in its LAST# item. It is taken over from there when it is first scraped.
"""

from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from swiftcache.metrics.buckets import Note
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import Aggregate, CounterState, Gauges, LiveFigures
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.items import attribute, attributes, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Key = dict[str, AttributeValueTypeDef]

STATES = "STATES"
NOTE = "NOTE#"
HOUR = "HOUR#"
STEP = "STEP#"

DAY_SECONDS = 26 * 3600
WEEK_SECONDS = (7 * 24 + 2) * 3600
"""A bucket that nobody writes any more has the last hours of its instances."""

_STEP_SECONDS = 3 * 3600

_GAUGES = tuple(each.name for each in fields(Gauges))

NOTED = {"noted_commands": "commands", "noted_bytes_in": "bytes_in", "noted_bytes_out": "bytes_out"}
"""Attributes of a note, and the counters that they are."""


def bucket_partition(number: int) -> str:
    return f"METRICS#BUCKET#{number:03}"


def hours_partition(instance_id: str) -> str:
    return f"METRICS#{instance_id}"


def steps_partition(number: int) -> str:
    return f"METRICS#STEPS#{number:03}"


def states_key(number: int) -> "Key":
    return {"PK": {"S": bucket_partition(number)}, "SK": {"S": STATES}}


def note_key(number: int, instance_id: str) -> "Key":
    return {"PK": {"S": bucket_partition(number)}, "SK": {"S": f"{NOTE}{instance_id}"}}


def earlier_key(organization_id: str, instance_id: str) -> "Key":
    return {"PK": {"S": f"METRICS#{organization_id}"}, "SK": {"S": f"LAST#{instance_id}"}}


def hour_key(instance_id: str, hour: str) -> "Key":
    return {"PK": {"S": hours_partition(instance_id)}, "SK": {"S": f"{HOUR}{hour}"}}


def hour_item(instance_id: str, hour: str, found: Aggregate) -> "Key":
    gauges = asdict(found.gauges) if found.gauges else {}
    return {
        **hour_key(instance_id, hour),
        **attributes(asdict(found.counters) | gauges),
        "ttl": attribute(_after(hour, WEEK_SECONDS)),
    }


def hour_of_item(item: dict[str, Any]) -> tuple[str, Aggregate]:
    """The start of the hour, and what it has. Those of before have no gauges."""
    values = plain(item)
    gauges = Gauges(**{name: int(values[name]) for name in _GAUGES}) if _GAUGES[0] in values else None
    return values["SK"].removeprefix(HOUR), Aggregate(_counters(values), gauges)


def step_item(number: int, step: str, snapshot: bytes) -> "Key":
    return {
        "PK": {"S": steps_partition(number)},
        "SK": {"S": f"{STEP}{step}"},
        "snapshot": {"B": snapshot},
        "ttl": attribute(_after(step, _STEP_SECONDS)),
    }


def note_of(item: dict[str, Any]) -> Note:
    values = plain(item)
    noted = Counters(**{name: int(values.get(attribute, 0)) for attribute, name in NOTED.items()})
    return Note(noted, values.get("since", ""))


def earlier_state(item: dict[str, Any], hours: dict[str, Counters]) -> CounterState:
    """The counter state that an instance has by the earlier layout, with these hours.

    What was noted there is settled by this state alone, since notes begin anew elsewhere.
    """
    noted = note_of(item).share
    values = plain(item)
    if "run_id" not in values:
        return CounterState(settled=NOTHING - noted, hours=hours)
    return CounterState(
        sequence=int(values["sequence"]),
        run_id=values["run_id"],
        retired=values["retired"],
        at=values["at"],
        counters=_counters(values["counters"]),
        totals=_counters(values["totals"]),
        settled=_counters(values["settled"]) - noted,
        live=LiveFigures(**{name: int(value) for name, value in values["live"].items()}),
        key_use={key: KeyUse(use["last_used_at"], int(use["connections"])) for key, use in values["key_use"].items()},
        hours=hours,
    )


def _after(start: str, seconds: int) -> int:
    return int(datetime.fromisoformat(start).timestamp()) + seconds


def _counters(values: dict[str, Any]) -> Counters:
    """DynamoDB's numbers come as Decimal."""
    return Counters(**{name: int(values.get(name, 0)) for name in asdict(NOTHING)})
