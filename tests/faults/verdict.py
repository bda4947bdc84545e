"""Whether a cell ended as it must. It knows only what was observed, so that a test can show that it can fail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from swiftcache.instances.failure import Failure


class Kind(StrEnum):
    """What is wrong with a cell."""

    LEAK = "leak"
    LOST_CAUSE = "lost cause"
    STATUS = "status"
    DEADLINE = "deadline"
    COUNT = "count"
    UNREACHED = "never reached"
    BROKEN = "broken"


@dataclass(frozen=True)
class Complaint:
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class End:
    """A way in which a cell may end: with which status and failure in the record, and how the first execution ended."""

    status: str
    failure: Failure | None
    execution: str
    error: str | None


@dataclass(frozen=True)
class Promise:
    """`attempts` is how many executions the same work may take; the deadline is in the machine's seconds."""

    ends: Sequence[End]
    attempts: int
    deadline_seconds: float


@dataclass(frozen=True)
class Execution:
    name: str
    status: str
    error: str | None

    @property
    def work(self) -> str:
        """What it is an attempt at."""
        return re.sub(r"-\d+$", "", self.name)


@dataclass(frozen=True)
class Observed:
    """What there was when all was quiet. `seconds` are the machine's; `left` is what nobody owns.

    `first` is how the first execution ended. `counts` are pairs of what the organization's item says and what there
    is. `silent` is why Redis did not answer, where it had to.
    """

    happened: int
    planned: int
    status: str
    failure: Failure | None
    first: Execution | None
    executions: Sequence[Execution]
    seconds: float
    left: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counts: Sequence[tuple[int, int]] = ()
    silent: str = ""


def judge(promise: Promise, observed: Observed) -> list[Complaint]:
    """Everything that is wrong; nothing if the promise was kept."""
    found = [*_reached(observed), *_ending(promise, observed), *_late(promise, observed)]
    if observed.silent:
        found.append(Complaint(Kind.STATUS, f"it is {observed.status}, but Redis does not answer: {observed.silent}"))
    found += [Complaint(Kind.LEAK, f"{kind}: {', '.join(names)}") for kind, names in observed.left.items()]
    if any(said != there for said, there in observed.counts):
        found.append(Complaint(Kind.COUNT, f"what is counted and what there is: {observed.counts}"))
    return found


def _reached(observed: Observed) -> list[Complaint]:
    if observed.happened == observed.planned:
        return []
    kind = Kind.BROKEN if observed.happened else Kind.UNREACHED
    return [Complaint(kind, f"{observed.happened} of {observed.planned} faults happened")]


def _ending(promise: Promise, observed: Observed) -> list[Complaint]:
    allowed = [end for end in promise.ends if end.status == observed.status]
    if not allowed:
        wanted = " or ".join(sorted({end.status for end in promise.ends}))
        return [Complaint(Kind.STATUS, f"it is {observed.status} ({observed.failure}), not {wanted}")]
    if observed.first is None:
        return [Complaint(Kind.BROKEN, "there was no execution")]
    ended = End(observed.status, observed.failure, observed.first.status, observed.first.error)
    if ended in allowed:
        return []
    return [Complaint(Kind.LOST_CAUSE, f"it ended with {ended}, not with {' or '.join(map(str, allowed))}")]


def _late(promise: Promise, observed: Observed) -> list[Complaint]:
    late = []
    if observed.seconds > promise.deadline_seconds:
        late.append(f"it took {observed.seconds:.0f} s of {promise.deadline_seconds:.0f} s")
    late += [f"{found.name} is {found.status}" for found in observed.executions if found.status in ENDLESS]
    works = [found.work for found in observed.executions]
    for work in sorted(set(works)):
        if works.count(work) > promise.attempts:
            late.append(f"{works.count(work)} attempts at {work}, not {promise.attempts}")
    return [Complaint(Kind.DEADLINE, text) for text in late]


ENDLESS = ("RUNNING", "TIMED_OUT")
"""What no execution is when its cell has ended."""
