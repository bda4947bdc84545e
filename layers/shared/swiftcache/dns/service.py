"""Having records changed: what is asked for is queued, and a writer is there to do it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from swiftcache.callbacks.model import Observation, Subject, Wait
from swiftcache.dns.model import AskedChange, RecordChange, Result
from swiftcache.dns.ports import RecordQueue, WriterStart
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.tokens import new_id

IN_SYNC = "IN_SYNC"
FAILED = "FAILED"
REFUSED = "RecordRefused"
"""The error for whoever waits for a record that Route 53 will not have."""


@dataclass(frozen=True, slots=True)
class RecordService:
    """`now` gives the time in seconds since the epoch."""

    queue: RecordQueue
    writer: WriterStart
    now: Callable[[], float]

    def change(self, asked: AskedChange) -> Subject:
        """Queues a change; what can be waited for. Asked again, it is made again, which does nothing.

        Raises DependencyUnavailable.
        """
        now = int(self.now() * 1000)
        change = RecordChange(
            id=new_id("rcd"),
            instance_id=asked.instance_id,
            hostname=asked.hostname,
            addresses=asked.addresses,
            priority=asked.priority,
            queued_at=now,
            known=asked.known,
        )
        self.queue.add(change)
        if not self.queue.has_writer(now):
            # The next minute's makes up for one that does not start.
            with suppress(DependencyUnavailable):
                self.writer.start()
        return subject_of(change)


def subject_of(change: RecordChange) -> Subject:
    return Subject(change.instance_id, f"RECORD#{change.id}")


def record_wait(token: str, *, interruptible: bool) -> Wait:
    """For a record to be as it is to be, on all of Route 53's servers; for a removal, for the name to be gone."""
    return Wait(token, (IN_SYNC,), (FAILED,), interruptible)


def observation_of(result: Result) -> Observation:
    """What whoever waits for a record is told."""
    if result.code:
        return Observation(FAILED, 1, {}, error=REFUSED, cause=f"{result.code}: {result.message}")
    return Observation(IN_SYNC, 1, {"removed": int(result.removed)})
