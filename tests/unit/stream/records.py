"""Records of the table's stream, as the functions that read it get them."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[3] / "events"
STATUS, ENTRY = json.loads((EVENTS / "table_changed.json").read_text())["Records"]
[SUSPENDED] = json.loads((EVENTS / "organization_suspended.json").read_text())["Records"]


def record(number: int, of: dict[str, Any] = STATUS, owner: str = "org_123") -> dict[str, Any]:
    """The record of this number in a batch: an event of its own, of an instance or entry of its own."""
    text = json.dumps({**of, "eventID": f"{number}"})
    text = text.replace("org_123", owner).replace("inst_abc123xyz", f"inst_{number}")
    made: dict[str, Any] = json.loads(text.replace("audit_k2v9q0x1m4n7b3c8", f"audit_{number}"))
    made["dynamodb"]["SequenceNumber"] = str(number)
    return made


def unreadable(number: int) -> dict[str, Any]:
    """One that no version of ours wrote."""
    made = record(number)
    del made["dynamodb"]["NewImage"]["status"]
    return made


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


def failed(*numbers: int) -> dict[str, Any]:
    """The answer that has the stream bring these again."""
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}
