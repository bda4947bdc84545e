"""A rollout: what it brings, how far it has come, and what went wrong on its way.

IN_PROGRESS ── nobody needs it any more ──▶ SUCCEEDED
  │     ▲  └── given up, or another image is offered ──▶ ABANDONED
troubles │                                                 ▲
  ▼     resumed                                            │
STOPPED ───────────────────────────────────────────────────┘
                                                           ▲
each of them ── undone ──▶ UNDOING ── given up, or a later image is offered
                              └── nobody runs it any more ──▶ UNDONE
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from swiftcache.engines.model import EngineName


class RolloutStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    ABANDONED = "ABANDONED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


FORWARD = frozenset({RolloutStatus.IN_PROGRESS, RolloutStatus.STOPPED})
"""What can still be resumed."""

OPEN = FORWARD | {RolloutStatus.UNDOING}
"""What can still be abandoned."""

BACK = frozenset({RolloutStatus.UNDOING, RolloutStatus.UNDONE})


@dataclass(frozen=True, slots=True)
class Wave:
    """`share` of all that need the image, with those of earlier waves; `pause` is what follows once it is over."""

    share: float
    pause: timedelta

    def size(self, total: int) -> int:
        return max(1, math.ceil(self.share * total))


CANARY = 0
"""The wave of a single instance."""

WAVES = (
    Wave(0, timedelta(hours=1)),
    Wave(0.01, timedelta(hours=1)),
    Wave(0.05, timedelta(minutes=30)),
    Wave(0.2, timedelta(minutes=30)),
    Wave(1, timedelta(minutes=30)),
)
"""Why these: docs/decisions/0052-rollouts.md."""

LAST = len(WAVES) - 1


class TroubleKind(StrEnum):
    """Its replacement failed, or it was replaced and is worse since."""

    FAILED = "FAILED"
    WORSE = "WORSE"


@dataclass(frozen=True, slots=True)
class Trouble:
    """`change_id` is that of the replacement: each counts once. `cause` is the failure's code, why its task was lost,
    `NOT_ANSWERING`, or `ERROR`. `known`: from before the rollout was resumed, so it does not stop it again."""

    kind: TroubleKind
    instance_id: str
    change_id: str
    cause: str
    known: bool = False


class WhyCode(StrEnum):
    """The names are stable: the operator's programs read them."""

    CANARY_IN_TROUBLE = "CANARY_IN_TROUBLE"
    TOO_MANY_TROUBLES = "TOO_MANY_TROUBLES"
    SUPERSEDED = "SUPERSEDED"
    GIVEN_UP = "GIVEN_UP"
    AWAITS_EARLIER_IMAGE = "AWAITS_EARLIER_IMAGE"


@dataclass(frozen=True, slots=True)
class Why:
    """Why it is STOPPED or ABANDONED, or what it waits for while UNDOING; `message` is a sentence for people."""

    code: WhyCode
    message: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """`version` of `engine` is what it leads to, that of the stack's image. Times are RFC 3339 in UTC.

    `wave` is an index of WAVES. `wave_ended_at` None: not all of its members are done. `canary` is an instance's id.
    `total` is how many have needed it, `waiting` of them have it before them in their windows, and `replaced` do not
    need it any more; while it is undone, `replaced` still run it, and `waiting` of these have the way back before them.
    `revision` counts what was stored.
    """

    id: str
    engine: EngineName
    version: str
    status: RolloutStatus
    started_at: str
    changed_at: str
    wave_began_at: str
    wave: int = CANARY
    wave_ended_at: str | None = None
    canary: str | None = None
    total: int = 0
    waiting: int = 0
    replaced: int = 0
    troubles: tuple[Trouble, ...] = ()
    why: Why | None = None
    revision: int = 0

    @property
    def failed(self) -> int:
        return sum(one.kind is TroubleKind.FAILED for one in self.troubles)

    @property
    def worse(self) -> int:
        return sum(one.kind is TroubleKind.WORSE for one in self.troubles)

    @property
    def awaits_operator(self) -> bool:
        """Whether it goes neither on nor back by itself."""
        return self.status in (RolloutStatus.STOPPED, RolloutStatus.UNDOING) and self.why is not None
