"""How a change of an instance looks in the API."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.error_contract import ErrorBody
from swiftcache.instances.eviction_policy import EvictionPolicy


class ChangeBody(Body):
    """The change of memory or policy, or the replacement, that is under way, or the last one.

    `maxMemory` is what it leads to.
    """

    id: str
    kind: ChangeKind
    reason: Annotated[
        ChangeReason | None, Field(description="why its task is replaced by an equal one; null of every other change")
    ]
    status: ChangeStatus
    max_memory: int
    eviction_policy: EvictionPolicy
    started_at: str
    ended_at: str | None
    engine: Annotated[EngineName | None, Field(description="that it leads to; null if that stays")]
    version: Annotated[str | None, Field(description="of that engine; null if that stays")]
    error: Annotated[ErrorBody | None, Field(description="null unless FAILED")]

    @classmethod
    def of(cls, change: Change) -> "ChangeBody":
        return cls(
            id=change.id,
            kind=change.kind,
            reason=change.reason,
            status=change.status,
            max_memory=change.max_memory,
            eviction_policy=change.eviction_policy,
            started_at=change.started_at,
            ended_at=change.ended_at,
            engine=change.engine,
            version=change.version,
            error=ErrorBody.of(change.failure) if change.failure else None,
        )
