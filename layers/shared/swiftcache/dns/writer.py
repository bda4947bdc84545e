"""The one that speaks to Route 53 for all instances: few requests, however many changes there are.

Route 53 takes five requests a second from an account, whoever makes them. So changes are queued, and a batch takes all
that have come by its time; the batches that are on their way are asked for one after the other. Each turn of the writer
is one request: at most one in a second makes records, one removes some, and the others follow what is on its way, or
remove more if nothing is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from swiftcache.dns.model import MOST_CHANGES, RecordChange, RecordSet, Result, in_order
from swiftcache.dns.ports import ChangeRefused, RecordQueue, Zone, ZoneBusy
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.tokens import new_id

BATCH_SECONDS = 1.0
"""Between two batches of a kind."""

BUSY_BATCH_SECONDS = 3.0
"""Between two batches of records to make while many are on their way: each has to be followed, too."""

MANY_BATCHES = 6
LOOK_SECONDS = 2.0
"""Between two looks at a batch that is on its way."""

PAUSE_SECONDS = 2.0
"""After Route 53 took no more requests, or did not answer."""

REST_SECONDS = 0.5
"""Between two looks into the queue when nothing else is due."""

READ_SECONDS = 0.25
"""Between two reads of the queue while what was read is not done: each read is of all of it, and a burst is long."""

LEASE_SECONDS = 60.0
"""For which a writer is the only one, unless it says so again. One that died is replaced after that."""


@dataclass
class Batch:
    """Changes that Route 53 has taken. `look_at` is when it is to be asked for next, in seconds."""

    changes: Sequence[RecordChange]
    look_at: float


@dataclass
class RecordWriter:
    """One run of the writer. `now` and `interval`, from one request to the next, are in seconds.

    `tell` tells whoever waits what has come of changes, and returns those that it could tell.
    """

    queue: RecordQueue
    zone: Zone
    interval: float
    tell: Callable[[Sequence[Result]], Sequence[RecordChange]]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    owner: str = field(default_factory=lambda: new_id("run"))
    _under_way: dict[str, Batch] = field(default_factory=dict)
    _found: dict[str, RecordSet] = field(default_factory=dict)
    """What is in the zone, where it is not what was known of it."""
    _doubtful: set[str] = field(default_factory=set)
    """The names that Route 53 would not delete as they were known, or not change beside others."""
    _tried: set[str] = field(default_factory=set)
    """The names whose deletion Route 53 was asked for without an answer."""
    _next_request: float = 0.0
    _next_upsert: float = 0.0
    _next_removal: float = 0.0
    _leased_until: float = 0.0
    _queued: list[RecordChange] = field(default_factory=list)
    """What was in the queue when it was read, without what is done since."""
    _read_again: float = 0.0

    def run(self, seconds: float) -> bool:
        """Until there is nothing to do, or another is the writer, or for so long. Whether something is left to do."""
        end = self.now() + seconds
        while self._is_writer():
            changes = self._changes()
            if changes and self.now() < end:
                self._turn(changes)
                continue
            self._leased_until = 0.0
            self.queue.release(self.owner)
            # Asked again: whoever came in between has seen that there was a writer.
            if changes or not self.queue.changes():
                return bool(changes)
        return False

    def _changes(self) -> Sequence[RecordChange]:
        if not self._queued or self.now() >= self._read_again:
            self._queued = list(self.queue.changes())
            self._read_again = self.now() + READ_SECONDS
        return self._queued

    def _remove_from_queue(self, changes: Sequence[RecordChange]) -> None:
        self.queue.remove(changes)
        gone = {change.id for change in changes}
        self._queued = [change for change in self._queued if change.id not in gone]

    def _is_writer(self) -> bool:
        if self.now() < self._leased_until - LEASE_SECONDS / 2:
            return True
        until = self.now() + LEASE_SECONDS
        if not self.queue.acquire(self.owner, int(self.now() * 1000), int(until * 1000)):
            return False
        self._leased_until = until
        return True

    def _turn(self, changes: Sequence[RecordChange]) -> None:
        wanted, replaced = in_order(changes)
        if replaced:
            self._remove_from_queue(replaced)
        taken = {change.id for batch in self._under_way.values() for change in batch.changes}
        waiting = [change for change in wanted if change.id not in taken]
        upserts = [change for change in waiting if not change.is_removal]
        removals = [change for change in waiting if change.is_removal]
        now = self.now()
        try:
            if upserts and now >= self._next_upsert:
                self._upsert(self._batch(upserts))
            elif removals and now >= self._next_removal:
                self._remove(removals)
            elif due := [id_ for id_, batch in self._under_way.items() if now >= batch.look_at]:
                self._look(min(due, key=lambda id_: self._under_way[id_].look_at))
            elif removals:
                self._remove(removals)
            else:
                self.sleep(self._until_due(now))
        except (ZoneBusy, DependencyUnavailable):
            self._next_request = self.now() + PAUSE_SECONDS

    def _until_due(self, now: float) -> float:
        """Seconds. What waits for its turn came too early, or would have been done."""
        moments = [self._next_upsert, self._next_removal, *(batch.look_at for batch in self._under_way.values())]
        return min([moment - now for moment in moments if moment > now] + [REST_SECONDS])

    def _batch(self, changes: Sequence[RecordChange]) -> Sequence[RecordChange]:
        """Those that fit into one request; one that may be what Route 53 objects to, alone."""
        apart = [change for change in changes if change.hostname in self._doubtful]
        return apart[:1] or changes[:MOST_CHANGES]

    def _upsert(self, changes: Sequence[RecordChange]) -> None:
        busy = len(self._under_way) >= MANY_BATCHES
        self._next_upsert = self.now() + (BUSY_BATCH_SECONDS if busy else BATCH_SECONDS)
        self._await_turn()
        try:
            id_ = self.zone.upsert({change.hostname: RecordSet(change.addresses) for change in changes})
        except ChangeRefused as refused:
            self._refused(changes, refused)
            return
        self._under_way[id_] = Batch(changes, self.now())

    def _refused(self, changes: Sequence[RecordChange], refused: ChangeRefused) -> None:
        guilty = [change for change in changes if change.hostname in refused.hostnames]
        if not guilty and len(changes) > 1 and refused.is_about_content:
            self._doubtful |= {change.hostname for change in changes}
            return
        self._ended(Result(change, code=refused.code, message=str(refused)) for change in guilty or changes)

    def _remove(self, changes: Sequence[RecordChange]) -> None:
        self._next_removal = self.now() + BATCH_SECONDS
        self._await_turn()
        there = {change.hostname: known for change in changes if (known := self._known(change))}
        if there:
            self._delete([change for change in changes if change.hostname in there][:MOST_CHANGES])
            return
        unknown = changes[0]
        if found := self.zone.find(unknown.hostname):
            self._found[unknown.hostname] = found
        else:
            self._ended([Result(unknown, removed=unknown.hostname in self._tried)])

    def _known(self, change: RecordChange) -> RecordSet | None:
        if change.hostname in self._found:
            return self._found[change.hostname]
        return RecordSet(change.known) if change.known and change.hostname not in self._doubtful else None

    def _delete(self, changes: Sequence[RecordChange]) -> None:
        hostnames = {change.hostname for change in changes}
        try:
            self.zone.delete({change.hostname: known for change in changes if (known := self._known(change))})
        except ChangeRefused as refused:
            if not refused.is_about_content:
                self._refused(changes, refused)
                return
            gone = [change for change in changes if change.hostname in refused.absent]
            self._ended(Result(change, removed=change.hostname in self._tried) for change in gone)
            for hostname in (hostnames & set(refused.hostnames) or hostnames) - set(refused.absent):
                self._found.pop(hostname, None)
                self._doubtful.add(hostname)
        except DependencyUnavailable:
            self._tried |= hostnames
            raise
        else:
            self._ended(Result(change, removed=True) for change in changes)

    def _look(self, id_: str) -> None:
        self._await_turn()
        batch = self._under_way[id_]
        batch.look_at = self.now() + LOOK_SECONDS
        if self.zone.is_in_sync(id_):
            del self._under_way[id_]
            self._ended(Result(change) for change in batch.changes)

    def _ended(self, results: Iterable[Result]) -> None:
        """Who could not be told is told when the change has been made once more."""
        if found := list(results):
            self._remove_from_queue(self.tell(found))

    def _await_turn(self) -> None:
        if (wait := self._next_request - self.now()) > 0:
            self.sleep(wait)
        self._next_request = self.now() + self.interval
