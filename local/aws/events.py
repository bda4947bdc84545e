"""EventBridge: moto keeps buses, rules and targets; this matches events and delivers them.

PutEvents answers before anything is delivered, and whatever a target does, as on AWS.
"""

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest.mock import patch

from local.aws.deliveries import Deliveries
from local.aws.dispatch import ACCOUNT, REGION, ApiError, Dispatcher, Parameters
from local.aws.invoker import Invoker

Event = dict[str, Any]
MAX_ENTRIES = 10


class Events:
    """The event buses of a stack."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        client: Callable[[str], Any],
        invoke: Invoker,
        deliveries: Deliveries,
    ) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._invoke = invoke
        self._deliveries = deliveries
        dispatcher.replace("events", "PutEvents", self.put_events)

    def emit(self, source: str, detail_type: str, resources: list[str], detail: Mapping[str, object]) -> None:
        """Put an event of an AWS service on the default bus."""
        self._route("default", _event(source, detail_type, resources, dict(detail), datetime.now(UTC)))

    def put_events(self, parameters: Parameters) -> Mapping[str, object]:
        """EventBridge's PutEvents."""
        entries = parameters["Entries"]
        if not 0 < len(entries) <= MAX_ENTRIES:
            raise ApiError(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint:"
                f" Member must have length less than or equal to {MAX_ENTRIES}",
            )
        results = [self._put(entry) for entry in entries]
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}

    def deliver(self, rule: Any, event: Event) -> None:
        """Send an event to every target of one of moto's rules, soon."""
        for target in list(rule.targets):
            self._deliveries.submit(
                f"the event {event['id']} of rule {rule.name} to {target['Arn']}",
                partial(self._send, target, _input(target, event)),
            )

    def rules(self, bus: str) -> list[Any]:
        """moto's rules of a bus that are switched on. Raises ApiError for a bus that is not there."""
        with self._dispatcher.lock("events"):
            found = _backend().event_buses.get(bus)
            if found is None:
                raise ApiError("ResourceNotFoundException", f"Event bus {bus} does not exist.")
            return [rule for rule in found.rules.values() if rule.state == "ENABLED"]

    def _put(self, entry: Mapping[str, Any]) -> dict[str, object]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                return _refusal(
                    "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
                )
        if entry["Source"].startswith("aws."):
            return _refusal("NotAuthorizedForSourceException", "Not authorized for the source.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return _refusal("MalformedDetail", "Detail is malformed.")
        time = datetime.fromtimestamp(entry["Time"], UTC) if "Time" in entry else datetime.now(UTC)
        event = _event(entry["Source"], entry["DetailType"], entry.get("Resources", []), detail, time)
        self._route(entry.get("EventBusName", "default").rpartition("/")[2], event)
        return {"EventId": event["id"]}

    def _route(self, bus: str, event: Event) -> None:
        for rule in self.rules(bus):
            if rule.scheduled_expression is None and rule.event_pattern.matches_event(event):
                self.deliver(rule, event)

    def _send(self, target: Mapping[str, Any], payload: object) -> None:
        arn = target["Arn"]
        match arn.split(":")[2]:
            case "lambda":
                self._invoke(arn, payload)
            case "states":
                self._client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(payload))
            case "sqs":
                self._send_to_queue(target, payload)
            case "logs":
                self._send_to_log_group(arn.split(":")[6], payload)
            case "events" if ":event-bus/" in arn and isinstance(payload, dict):
                self._route(arn.rpartition("/")[2], payload)
            case _:
                print(f"aws: the local stack does not deliver events to {arn}", file=sys.stderr)

    def _send_to_queue(self, target: Mapping[str, Any], payload: object) -> None:
        *_, account, name = target["Arn"].split(":")
        sqs = self._client("sqs")
        url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        group = {"MessageGroupId": group} if (group := target.get("SqsParameters", {}).get("MessageGroupId")) else {}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(payload), **group)

    def _send_to_log_group(self, group: str, payload: object) -> None:
        stream, logs = str(uuid.uuid4()), self._client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        moment = int(datetime.now(UTC).timestamp() * 1000)
        entry = {"timestamp": moment, "message": json.dumps(payload)}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])


def extend(patches: ExitStack) -> None:
    """Give moto's event bus what a template's `Ref` of it stands for: its name."""
    from moto.events.models import EventBus

    name = property(lambda bus: bus.name)
    patches.enter_context(patch.object(EventBus, "physical_resource_id", name, create=True))


def scheduled_event(rule: Any) -> Event:
    """What a rule with a schedule sends."""
    return _event("aws.events", "Scheduled Event", [rule.arn], {}, datetime.now(UTC))


def _event(source: str, detail_type: str, resources: list[str], detail: dict[str, Any], time: datetime) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    }


def _input(target: Mapping[str, Any], event: Event) -> object:
    """What a target gets: the event, or the part or the text that the target asks for."""
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        from jsonpath_ng.ext.parser import parse

        found = parse(target["InputPath"]).find(event)
        return found[0].value if found else None
    if transformer := target.get("InputTransformer"):
        from moto.events.utils import EventTemplateParser

        message: Any = {**event, "ingestion-time": event["time"]}
        paths = transformer.get("InputPathsMap", {})
        return EventTemplateParser.parse(transformer["InputTemplate"], paths, message)
    return event


def _backend() -> Any:
    from moto.events.models import events_backends

    return events_backends[ACCOUNT][REGION]


def _refusal(code: str, message: str) -> dict[str, object]:
    return {"ErrorCode": code, "ErrorMessage": message}
