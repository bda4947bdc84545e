"""DynamoDB streams to Lambda: each event source mapping delivers its table's changes, in order, in batches.

A batch that fails is tried again until it passes, MaximumRetryAttempts are used up, or its records are older than
MaximumRecordAgeInSeconds; later records wait. A mapping delivers what is written after it was made, whatever its
StartingPosition.
"""

from __future__ import annotations

import base64
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from local.aws.dispatch import REGION
from local.aws.invoker import Invoker

if TYPE_CHECKING:  # moto's models are slow to import: that is left until the service is used
    from moto.awslambda.models import EventSourceMapping, LambdaBackend
    from moto.events.models import EventPattern

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0

Record = dict[str, Any]


class Streams:
    """The deliveries of all event source mappings of a stack, one thread each."""

    def __init__(self, invoke: Invoker) -> None:
        self._invoke = invoke
        self._deliveries: dict[str, _Delivery] = {}
        self._held: list[tuple[EventSourceMapping, Record]] | None = None
        self._stop = threading.Event()

    def extend(self, patches: ExitStack) -> None:
        """Make moto hand its stream records to this, and check filters when a mapping is made."""
        from moto.awslambda.models import LambdaBackend

        create = LambdaBackend.create_event_source_mapping

        def send(backend: LambdaBackend, function_arn: str, items: list[Any], source: str) -> str:
            for mapping in backend.list_event_source_mappings(source, ""):
                if mapping.function_arn == function_arn:
                    self._take(mapping, _event_record(items[-1].to_json(), source))
            return ""  # moto then keeps its records, for DynamoDB Streams' own API

        def checked_create(backend: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
            for pattern in _patterns(spec.get("FilterCriteria")):
                _compiled(pattern)
            return create(backend, spec)

        patches.enter_context(patch.object(LambdaBackend, "send_dynamodb_items", send))
        patches.enter_context(patch.object(LambdaBackend, "create_event_source_mapping", checked_create))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Deliver what is recorded inside only when it ends well. Under the lock of DynamoDB."""
        self._held = []
        try:
            yield
        except BaseException:
            self._held = None
            raise
        held, self._held = self._held, None
        for mapping, record in held:
            self._take(mapping, record)

    def stop(self) -> None:
        """End the deliveries; what has not been delivered is lost."""
        self._stop.set()
        for delivery in self._deliveries.values():
            delivery.wake()

    def _take(self, mapping: EventSourceMapping, record: Record) -> None:
        if self._held is not None:
            self._held.append((mapping, record))
            return
        patterns = _patterns(mapping.filter_criteria)
        if mapping.enabled and (not patterns or any(_matches(p, record) for p in patterns)):
            if mapping.uuid not in self._deliveries:
                self._deliveries[mapping.uuid] = _Delivery(mapping, self._invoke, self._stop)
            self._deliveries[mapping.uuid].put(record)


class _Delivery:
    """One event source mapping at work."""

    def __init__(self, mapping: EventSourceMapping, invoke: Invoker, stop: threading.Event) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._stop = stop
        self._records: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=f"stream-{mapping.uuid}", daemon=True).start()

    def put(self, record: Record) -> None:
        self._records.put(record)

    def wake(self) -> None:
        self._records.put(None)

    def _run(self) -> None:
        while not self._stop.is_set():
            batch = [self._records.get()]
            while len(batch) < self._mapping.batch_size and not self._records.empty():
                batch.append(self._records.get())
            records = [record for record in batch if record is not None]
            if records:
                self._deliver(records)

    def _deliver(self, records: list[Record]) -> None:
        attempts, pause = 0, FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                records = self._unprocessed(records)
                if not records:
                    return
                error = "the function reported failed items"
            except Exception as failure:
                error = str(failure)
            attempts += 1
            kept = self._kept(records, attempts)
            if dropped := len(records) - len(kept):
                print(
                    f"aws: dropped {dropped} stream records for {self._mapping.function_arn}: {error}", file=sys.stderr
                )
            if not kept:
                return
            records = kept
            self._stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _kept(self, records: list[Record], attempts: int) -> list[Record]:
        """Those that are tried again after so many attempts."""
        limit, oldest = self._mapping.max_retry_attempts, self._mapping.max_record_age
        if limit is not None and 0 <= int(limit) < attempts:
            return []
        if oldest is None or int(oldest) < 0:
            return records
        since = time.time() - int(oldest)
        return [record for record in records if record["dynamodb"]["ApproximateCreationDateTime"] >= since]

    def _unprocessed(self, records: list[Record]) -> list[Record]:
        """Invoke the function; the records from the first on that it reports as failed, if it reports any."""
        result = self._invoke(self._mapping.function_arn, {"Records": records})
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or []):
            return []
        failures = result.get("batchItemFailures", []) if isinstance(result, dict) else []
        failed = {failure["itemIdentifier"] for failure in failures}
        for index, record in enumerate(records):
            if record["dynamodb"]["SequenceNumber"] in failed:
                return records[index:]
        return []


def _event_record(record: Record, source: str) -> Record:
    """moto's record as Lambda gets it; a copy, as moto goes on changing the item."""
    change = dict(record["dynamodb"])
    moment = change["ApproximateCreationDateTime"]
    if isinstance(moment, datetime):
        change["ApproximateCreationDateTime"] = int(moment.timestamp())
    event = {**record, "eventVersion": "1.1", "awsRegion": REGION, "dynamodb": change, "eventSourceARN": source}
    copied: Record = json.loads(json.dumps(event, default=_base64))
    return copied


def _base64(content: object) -> str:
    """Binary attributes as Lambda gets them."""
    if not isinstance(content, bytes):
        raise TypeError(f"{type(content).__name__} in a stream's record")
    return base64.b64encode(content).decode()


def _patterns(criteria: dict[str, Any] | None) -> tuple[str, ...]:
    return tuple(rule["Pattern"] for rule in (criteria or {}).get("Filters", []))


def _matches(pattern: str, record: Any) -> bool:
    return _compiled(pattern).matches_event(record)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> EventPattern:
    from moto.events.models import EventPattern

    return EventPattern.load(pattern)
