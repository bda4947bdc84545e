"""Telling the world about each status, on the event bus."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.domain.errors import DependencyUnavailable
from swiftcache.domain.ports import StatusChange

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

SOURCE = "swiftcache.instances"
DETAIL_TYPE = "Instance Status Changed"


class EventBridgeEvents:
    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, change: StatusChange) -> None:
        detail = {
            "instanceId": change.instance_id,
            "organizationId": change.organization_id,
            "from": change.before,
            "to": change.after,
            "at": change.at,
            "hostname": change.hostname,
            "reason": change.reason,
            "requestId": change.request_id,
        }
        with passing_errors_as_unavailable("the event bus"):
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": SOURCE,
                        "DetailType": DETAIL_TYPE,
                        "Time": datetime.fromisoformat(change.at),
                        "Detail": json.dumps(detail),
                    }
                ]
            )
        # PutEvents answers 200 even where it took nothing.
        if answer["FailedEntryCount"]:
            reason = answer["Entries"][0].get("ErrorCode", "no reason given")
            raise DependencyUnavailable(f"the event bus did not take the event: {reason}")
