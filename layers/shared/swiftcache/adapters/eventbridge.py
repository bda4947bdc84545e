"""Telling the world about each status and each change, on the event bus."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.domain.audit import Action, AuditEntry
from swiftcache.domain.errors import DependencyUnavailable
from swiftcache.domain.ports import StatusChange

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

SOURCE = "swiftcache.instances"
DETAIL_TYPE = "Instance Status Changed"
AUDIT_SOURCE = "swiftcache.audit"


def audit_detail_type(action: Action) -> str:
    """`instance.key.created` is `Instance Key Created`."""
    return action.value.replace(".", " ").replace("_", " ").title()


class EventBridgeEvents:
    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, change: StatusChange) -> None:
        detail: dict[str, object] = {
            "id": change.id,
            "instanceId": change.instance_id,
            "organizationId": change.organization_id,
            "from": change.before,
            "to": change.after,
            "at": change.at,
            "hostname": change.hostname,
            "reason": change.reason,
            "requestId": change.request_id,
        }
        self._put(SOURCE, DETAIL_TYPE, change.at, detail)

    def publish_audited(self, entry: AuditEntry) -> None:
        detail: dict[str, object] = {
            "id": entry.id,
            "organizationId": entry.organization_id,
            "action": entry.action.value,
            "at": entry.at,
            "target": {"id": entry.target_id, "name": entry.target_name},
            "actor": {"role": entry.actor_role, "keyId": entry.actor_key_id, "memberId": entry.actor_member_id},
            "requestId": entry.request_id,
            "details": dict(entry.details),
        }
        self._put(AUDIT_SOURCE, audit_detail_type(entry.action), entry.at, detail)

    def _put(self, source: str, detail_type: str, at: str, detail: dict[str, object]) -> None:
        with passing_errors_as_unavailable("the event bus"):
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": source,
                        "DetailType": detail_type,
                        "Time": datetime.fromisoformat(at),
                        "Detail": json.dumps(detail),
                    }
                ]
            )
        # PutEvents answers 200 even where it took nothing.
        if answer["FailedEntryCount"]:
            reason = answer["Entries"][0].get("ErrorCode", "no reason given")
            raise DependencyUnavailable(f"the event bus did not take the event: {reason}")
