"""An instance whose Redis answers nobody, whatever the cause: its owner is told, and the task is replaced.

Who collects the metrics looks at each Redis once a minute, and says here what came of it. One look without an answer is
noted in the record; another one, at least a minute later and of the same task, is one too many.

What may be our own trouble must not cost a whole fleet its data. So a pass that finds many silent concludes nothing,
one that heard nobody believes only those whose address takes connections, and each begins few recoveries: the next goes
on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from swiftcache.access.audit import Action, AuditEntry, System, system_entry
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.recovery.ports import Silences
from swiftcache.recovery.service import TaskWatch

FEW = 3
"""So many may be silent in a pass, however small the fleet is."""

PERCENT = 10
"""So much of a larger one: more is rather a network, or AWS."""

MOST_RECOVERIES = 10
"""That one pass begins."""


class Answer(Enum):
    """What came of a look at a Redis."""

    ANSWERED = auto()
    BUSY = auto()
    """It answers, to everybody and everything, that a script runs."""
    SILENT = auto()
    """Its address takes connections, and nothing more is heard."""
    UNREACHED = auto()
    """Its address does not even take connections."""


@dataclass(frozen=True, slots=True)
class Look:
    """`instance` as it was read before it was looked at."""

    instance: Instance
    answer: Answer


@dataclass(frozen=True, slots=True)
class Concluded:
    """What was concluded of an instance that was silent for too long. `error` is why the next pass has to do it."""

    instance_id: str
    recovering: bool
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class SilenceWatch:
    """`now` gives the time with its zone."""

    instances: Instances
    silences: Silences
    tasks: TaskWatch
    now: Callable[[], datetime]

    def conclude(self, looks: Sequence[Look], request_id: str) -> Iterator[Concluded]:
        """What a pass's looks mean. `request_id` is what the audit log shows of it.

        One instance's trouble does not keep the others waiting.
        """
        for look in looks:
            if look.answer is Answer.ANSWERED and look.instance.silence:
                yield from self._guarded(look.instance, lambda it: self._answers(it, request_id))
        begun = 0
        for instance in believed(looks):
            if not _is_too_long(instance, self.now()):
                yield from self._guarded(instance, self._note)
                continue
            if begun == MOST_RECOVERIES:
                yield Concluded(instance.id, recovering=False)
                continue
            for concluded in self._guarded(instance, lambda it: self._replace(it, request_id)):
                begun += concluded.recovering
                yield concluded

    def too_long(self, looks: Iterable[Look]) -> int:
        """How many had been silent for too long, and are still, whatever was concluded."""
        at = self.now()
        return sum(look.answer is not Answer.ANSWERED and _is_too_long(look.instance, at) for look in looks)

    def _guarded(self, instance: Instance, work: Callable[[Instance], Concluded | None]) -> Iterator[Concluded]:
        try:
            concluded = work(instance)
        except Exception as error:
            yield Concluded(instance.id, recovering=False, error=error)
        else:
            if concluded:
                yield concluded

    def _note(self, instance: Instance) -> None:
        if instance.silent_since is None and instance.endpoint:
            self.silences.store(instance, Silence(instance.endpoint.task, timestamp(self.now())))

    def _answers(self, instance: Instance, request_id: str) -> None:
        assert instance.silence
        # If another task serves by now, its owner was told of that.
        told = instance.silence.told and instance.silent_since is not None
        entry = self._entry(instance, Action.INSTANCE_ANSWERING, request_id) if told else None
        self.silences.store(instance, None, entry)

    def _replace(self, read: Instance, request_id: str) -> Concluded | None:
        """Its owner is told first: what follows may have to wait."""
        instance = self.instances.get(read.organization_id, read.id)
        if instance is None or not may_be_replaced(instance) or not _is_too_long(instance, self.now()):
            return None
        assert instance.silence
        if not instance.silence.told:
            told = replace(instance.silence, told=True)
            if not self.silences.store(
                instance, told, self._entry(instance, Action.INSTANCE_NOT_ANSWERING, request_id)
            ):
                return None
        begun = self.tasks.task_lost(instance, instance.silence.task, Cause.NOT_ANSWERING)
        return Concluded(instance.id, recovering=begun)

    def _entry(self, instance: Instance, action: Action, request_id: str) -> AuditEntry:
        assert instance.silence
        return system_entry(
            System.RECOVERY,
            action,
            *(instance.organization_id, instance.id, instance.name, request_id, self.now()),
            since=instance.silence.since,
        )


def all_well(looks: Iterable[Look]) -> bool:
    """Whether each answers, as it did before: then there is nothing to conclude."""
    return all(look.answer is Answer.ANSWERED and look.instance.silence is None for look in looks)


def believed(looks: Sequence[Look]) -> Iterator[Instance]:
    """Those that answer nobody, as far as a pass can know it, and may be replaced for it; the longest silent first."""
    busy = [look.instance for look in looks if look.answer is Answer.BUSY]
    quiet = [look for look in looks if look.answer in (Answer.SILENT, Answer.UNREACHED)]
    if len(quiet) > max(FEW, len(looks) * PERCENT // 100):
        quiet = []
    if not any(look.answer in (Answer.ANSWERED, Answer.BUSY) for look in looks):
        quiet = [look for look in quiet if look.answer is Answer.SILENT]
    found = filter(may_be_replaced, [*busy, *(look.instance for look in quiet)])
    yield from sorted(found, key=lambda instance: (instance.silent_since or "~", instance.id))


def may_be_replaced(instance: Instance) -> bool:
    """Not while another task takes over anyway, or takes its place."""
    replacing = instance.change is not None and instance.change.kind is ChangeKind.REPLACE and instance.changing
    return instance.status is Status.RUNNING and not instance.recovering and not replacing


def _is_too_long(instance: Instance, at: datetime) -> bool:
    return instance.silent_since is not None and instance.silence is not None and instance.silence.is_too_long(at)
