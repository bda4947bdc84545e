"""The bodies of rollouts."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from swiftcache.api.body import AttributesBody, Body
from swiftcache.engines.model import EngineName
from swiftcache.rollouts.model import WAVES, Rollout, RolloutStatus, TroubleKind, WhyCode


class TroubleBody(AttributesBody):
    """An instance whose replacement failed, or that is worse since. Each replacement counts once."""

    kind: TroubleKind
    instance_id: str
    change_id: str
    cause: Annotated[str, Field(description="a failure's code, why its task was lost, NOT_ANSWERING, or ERROR")]
    known: Annotated[bool, Field(description="from before it was resumed: it does not stop the rollout again")]


class WhyBody(AttributesBody):
    code: WhyCode
    message: str


class RolloutBody(Body):
    """A newer image on its way through the fleet. Times are RFC 3339 in UTC."""

    id: str
    engine: EngineName
    version: Annotated[str, Field(description="the one that it leads to")]
    status: RolloutStatus
    why: Annotated[WhyBody | None, Field(description="of one that is STOPPED or ABANDONED, or is UNDOING and waits")]
    started_at: str
    changed_at: str
    wave: Annotated[int, Field(description="from 0, the canary's")]
    waves: Annotated[int, Field(description="how many there are")]
    share: Annotated[float, Field(description="of `total` that has it at the end of the wave; 0 is the canary's")]
    wave_began_at: str
    wave_ended_at: Annotated[str | None, Field(description="null until its members are done; then comes a pause")]
    canary: Annotated[str | None, Field(description="the id of an instance; null before one is chosen")]
    total: Annotated[int, Field(description="how many have needed it")]
    waiting: Annotated[int, Field(description="how many have it, or the way back, pending or under way")]
    replaced: Annotated[
        int, Field(description="how many do not need it any more; of one that is undone, how many run it still")
    ]
    failed: int
    worse: int
    troubles: list[TroubleBody]

    @classmethod
    def of(cls, rollout: Rollout) -> "RolloutBody":
        return cls(
            id=rollout.id,
            engine=rollout.engine,
            version=rollout.version,
            status=rollout.status,
            why=WhyBody.of(rollout.why) if rollout.why else None,
            started_at=rollout.started_at,
            changed_at=rollout.changed_at,
            wave=rollout.wave,
            waves=len(WAVES),
            share=WAVES[rollout.wave].share,
            wave_began_at=rollout.wave_began_at,
            wave_ended_at=rollout.wave_ended_at,
            canary=rollout.canary,
            total=rollout.total,
            waiting=rollout.waiting,
            replaced=rollout.replaced,
            failed=rollout.failed,
            worse=rollout.worse,
            troubles=[TroubleBody.of(one) for one in rollout.troubles],
        )


class RolloutResponse(Body):
    rollout: RolloutBody

    @classmethod
    def of(cls, rollout: Rollout) -> "RolloutResponse":
        return cls(rollout=RolloutBody.of(rollout))


class ListRolloutsResponse(Body):
    rollouts: Annotated[list[RolloutBody], Field(description="newest first")]

    @classmethod
    def of(cls, rollouts: Iterable[Rollout]) -> "ListRolloutsResponse":
        return cls(rollouts=[RolloutBody.of(rollout) for rollout in rollouts])
