"""Writes docs/schemas: a JSON Schema for the `detail` of each event on the bus, which is a webhook's `data`.

`make schemas`. What an event of the audit log says in `details` is listed here, action by action, and nowhere else: a
test refuses an action that is missing, and an event with a detail that is not listed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swiftcache.access.audit import Action
from swiftcache.events.eventbridge import DETAIL_TYPE, audit_detail_type
from swiftcache.events.model import STATUS_CHANGED
from swiftcache.instances.status import Status
from swiftcache.stream.records import DELETED
from swiftcache.webhooks.model import TEST_EVENT

VERSION = 1
FOLDER = Path(__file__).parent.parent / "docs" / "schemas"

Json = dict[str, Any]

TEXT, WHOLE, YES_OR_NO = "string", "integer", "boolean"

_WEBHOOK = {"events": TEXT, "enabled": YES_OR_NO}

DETAILS: Mapping[Action, Mapping[str, str]] = {
    Action.ORGANIZATION_CREATED: {},
    Action.ORGANIZATION_CHANGED: {
        "nameFrom": TEXT,
        "nameTo": TEXT,
        "instanceLimitFrom": WHOLE,
        "instanceLimitTo": WHOLE,
        "memoryLimitFrom": WHOLE,
        "memoryLimitTo": WHOLE,
    },
    Action.ORGANIZATION_SUSPENDED: {},
    Action.ORGANIZATION_RESUMED: {},
    Action.ORGANIZATION_DELETED: {},
    Action.MEMBER_ADDED: {"role": TEXT},
    Action.MEMBER_CHANGED: {"roleFrom": TEXT, "roleTo": TEXT},
    Action.MEMBER_REMOVED: {"role": TEXT, "revokedKeys": WHOLE},
    Action.ACCOUNT_KEY_CREATED: {"memberId": TEXT, "role": TEXT, "expiresAt": TEXT},
    Action.ACCOUNT_KEY_REVOKED: {"memberId": TEXT, "role": TEXT},
    Action.INSTANCE_CREATED: {},
    Action.INSTANCE_CHANGED: {
        "nameFrom": TEXT,
        "nameTo": TEXT,
        "deletionProtectionFrom": YES_OR_NO,
        "deletionProtectionTo": YES_OR_NO,
        "expiresAtFrom": TEXT,
        "expiresAtTo": TEXT,
        "maxMemoryFrom": WHOLE,
        "maxMemoryTo": WHOLE,
        "evictionPolicyFrom": TEXT,
        "evictionPolicyTo": TEXT,
        "changeId": TEXT,
    },
    Action.INSTANCE_RESIZED: {"changeId": TEXT, "fromMaxMemory": WHOLE, "toMaxMemory": WHOLE},
    Action.INSTANCE_RESIZE_FAILED: {
        "changeId": TEXT,
        "fromMaxMemory": WHOLE,
        "toMaxMemory": WHOLE,
        "failure": TEXT,
    },
    Action.INSTANCE_RECOVERING: {"recoveryId": TEXT, "cause": TEXT, "deaths": WHOLE},
    Action.INSTANCE_RECOVERED: {"recoveryId": TEXT, "cause": TEXT, "deaths": WHOLE, "dataKept": YES_OR_NO},
    Action.INSTANCE_DELETION_REQUESTED: {"expiresAt": TEXT},
    Action.INSTANCE_KEY_CREATED: {"keyId": TEXT, "keyName": TEXT, "role": TEXT},
    Action.INSTANCE_KEY_REVOKED: {"keyId": TEXT, "keyName": TEXT},
    Action.WEBHOOK_CREATED: _WEBHOOK,
    Action.WEBHOOK_CHANGED: {**_WEBHOOK, "disabledReason": TEXT},
    Action.WEBHOOK_DELETED: _WEBHOOK,
}
"""For each action the details that its entry may have; one that has nothing to say is left out of the event."""


def schemas() -> dict[str, Json]:
    """Each schema by the type of its event, as a webhook names it."""
    found = {STATUS_CHANGED: _status_changed(), TEST_EVENT: _webhook_test()}
    return found | {action.value: _audited(action) for action in Action}


def path_of(event_type: str) -> Path:
    """Where the schema of a type of event is kept."""
    return FOLDER / f"{event_type}.schema.json"


def text_of(schema: Json) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(event_type: str, title: str, description: str, properties: Json) -> Json:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:swiftcache:event:{event_type}:{VERSION}",
        "title": title,
        "description": description,
        **_object(properties),
    }


def _object(properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _text(description: str, **more: object) -> Json:
    return {"type": "string", "description": description, **more}


def _text_or_null(description: str) -> Json:
    return {"type": ["string", "null"], "description": description}


_AT = _text("when, RFC 3339 in UTC", format="date-time")
_ID = _text("the event's own id; it stays the same however often the event is told", minLength=1)
_OWNER = _text("whose", minLength=1)
_REQUEST = _text("the id of the request that led to it")


def _status_changed() -> Json:
    statuses = [status.value for status in Status]
    return _schema(
        STATUS_CHANGED,
        DETAIL_TYPE,
        "An instance's status has changed",
        {
            "id": _ID,
            "instanceId": _text("whose status", minLength=1),
            "organizationId": _OWNER,
            "from": {"enum": [None, *statuses], "description": "the status before; null for a creation"},
            "to": {"enum": [*statuses, DELETED], "description": "DELETED once nothing is left"},
            "at": _AT,
            "hostname": _text_or_null("null until RUNNING"),
            "reason": _text("why: CREATED, VERIFIED, DELETE_REQUESTED, REMOVED, or the code of a failed creation"),
            "requestId": _REQUEST,
        },
    )


def _audited(action: Action) -> Json:
    title = audit_detail_type(action.value)
    details = {name: {"type": kind} for name, kind in DETAILS[action].items()}
    return _schema(
        action.value,
        title,
        f"{title}: an entry of the organization's audit log, without the address that the request came from",
        {
            "id": _ID,
            "organizationId": _OWNER,
            "action": {"const": action.value},
            "at": _AT,
            "target": _object({"id": _text("what was changed", minLength=1), "name": _text("its name; may be empty")}),
            "actor": _object(
                {
                    "role": _text("the role of the account key at work, or the part of the service that did it itself"),
                    "keyId": _text_or_null("the account key; null for the service itself"),
                    "memberId": _text_or_null("whose key it is; null for the service itself"),
                }
            ),
            "requestId": _REQUEST,
            "details": {"type": "object", "properties": details},
        },
    )


def _webhook_test() -> Json:
    return _schema(
        TEST_EVENT,
        "Webhook Test",
        "Sent to one webhook because its owner asked for it. It tells of no change, and is not on the bus",
        {
            "id": _ID,
            "organizationId": _OWNER,
            "webhookId": _text("the webhook that is tested", minLength=1),
            "requestId": _REQUEST,
            "at": _AT,
        },
    )


def main() -> None:
    """Writes every schema, and removes those of events that there are no more."""
    FOLDER.mkdir(exist_ok=True)
    made = {path_of(event_type): text_of(schema) for event_type, schema in schemas().items()}
    for path in set(FOLDER.iterdir()) - set(made):
        path.unlink()
    for path, text in made.items():
        path.write_text(text)
    print(f"wrote {len(made)} schemas to {FOLDER.name}")


if __name__ == "__main__":
    main()
