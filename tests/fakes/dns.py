"""The queue of records and a hosted zone, in memory. tests/contract holds them to what the adapters do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from swiftcache.dns.model import RecordChange, RecordSet
from swiftcache.dns.ports import ChangeRefused, ZoneBusy
from swiftcache.platform.errors import DependencyUnavailable


@dataclass
class FakeRecordQueue:
    """`reads` counts how often the whole of it was asked for."""

    waiting: dict[str, RecordChange] = field(default_factory=dict)
    writer: tuple[str, int] = ("", 0)
    reads: int = 0

    def add(self, change: RecordChange) -> None:
        self.waiting[change.id] = change

    def changes(self) -> Sequence[RecordChange]:
        self.reads += 1
        return list(self.waiting.values())

    def remove(self, changes: Sequence[RecordChange]) -> None:
        for change in changes:
            self.waiting.pop(change.id, None)

    def acquire(self, owner: str, now: int, until: int) -> bool:
        if self.writer[0] not in ("", owner) and self.writer[1] > now:
            return False
        self.writer = (owner, until)
        return True

    def release(self, owner: str) -> None:
        if self.writer[0] == owner:
            self.writer = ("", 0)

    def has_writer(self, now: int) -> bool:
        return self.writer[1] > now


@dataclass
class FakeZone:
    """A change is in sync `sync_seconds` after it was taken. `requests` has the time and kind of each.

    `broken`: what the next requests raise instead of an answer, by their kind; after a `lost` one it is done all the
    same. `refused`: names that no record may have.
    """

    now: Callable[[], float] = lambda: 0.0
    sync_seconds: float = 0.0
    records: dict[str, RecordSet] = field(default_factory=dict)
    requests: list[tuple[float, str]] = field(default_factory=list)
    taken: dict[str, float] = field(default_factory=dict)
    busy: int = 0
    lost: int = 0
    refused: set[str] = field(default_factory=set)
    denied: str = ""

    def upsert(self, wanted: Mapping[str, RecordSet]) -> str:
        return self._change("upsert", wanted, [name for name in wanted if name in self.refused])

    def delete(self, there: Mapping[str, RecordSet]) -> str:
        return self._change("delete", there, [name for name in there if self.records.get(name) != there[name]])

    def find(self, hostname: str) -> RecordSet | None:
        self._request("find")
        return self.records.get(hostname)

    def is_in_sync(self, change_id: str) -> bool:
        self._request("look")
        return self.now() >= self.taken[change_id] + self.sync_seconds

    def _request(self, kind: str) -> None:
        self.requests.append((self.now(), kind))
        if self.busy:
            self.busy -= 1
            raise ZoneBusy("Rate exceeded")

    def _change(self, kind: str, records: Mapping[str, RecordSet], wrong: Sequence[str]) -> str:
        self._request(kind)
        if self.denied:
            raise ChangeRefused(self.denied, "denied")
        if wrong:
            absent = [name for name in wrong if kind == "delete" and name not in self.records]
            raise ChangeRefused("InvalidChangeBatch", f"not {wrong}", wrong, absent)
        for name, record in records.items():
            if kind == "upsert":
                self.records[name] = record
            else:
                del self.records[name]
        if self.lost:
            self.lost -= 1
            raise DependencyUnavailable("no answer")
        id_ = str(len(self.taken) + 1)
        self.taken[id_] = self.now()
        return id_


@dataclass
class FakeWriterStart:
    starts: int = 0
    broken: bool = False

    def start(self) -> None:
        if self.broken:
            raise DependencyUnavailable("no writer")
        self.starts += 1
