"""The bodies of PATCH /instances/{id} and of its plan."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from swiftcache.api.body import NAME, Body, RequestBody, set_by_the_service, whole
from swiftcache.changes.prices import AS_OF, full_volume, monthly_cost, persistence_cost
from swiftcache.changes.request import ChangeRequest, Expiry, Scheduling, Windowing
from swiftcache.engines.model import EngineName
from swiftcache.instances.allowed_networks_contract import CHANGED, AllowedCidrs
from swiftcache.instances.backup_schedule_contract import BackupScheduleRequest
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.contract import InstanceBody
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.expiry import PATTERN
from swiftcache.instances.maintenance_contract import WINDOW, MaintenanceWindowRequest
from swiftcache.instances.settings_contract import EVENTS, Flags, SettingsRequest, settings_given
from swiftcache.instances.sizes import MAX_MEMORY, MIN_MEMORY, SIZES, TaskSize, largest_memory, task_size

if TYPE_CHECKING:
    from swiftcache.changes.service import ChangePlan

PAUSE_MILLISECONDS = 500
"""How long writes wait while a new task takes over: measured well under a second, whatever the size."""

_COPY = "Create another one as you want it, copy the data, and delete this one"

_FIXED: Mapping[str, str] = {
    "organizationId": f"an instance stays in its organization. {_COPY}",
    "region": f"an instance stays in its region. {_COPY}",
    "persistence": f"an instance has a volume from its creation on, or none. {_COPY}",
    "maxMemoryMb": "it follows maxMemory, in bytes, which can be",
    "apiKeys": "POST …/keys makes a key, and DELETE …/keys/{keyId} revokes one",
}
"""What an owner may want to change all the same."""


class ChangeInstanceRequest(RequestBody):
    """What to change. What is left out or null stays as it is, but `expiresAt` and `backupSchedule`: null is never; and
    `maintenanceWindow`: null is the one of before anybody chose.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"maxMemory": 1073741824}, "minProperties": 1},
    )

    name: Annotated[str | None, Field(pattern=NAME, description="1 to 64 letters, digits, `-`, `_` and `.`")] = None
    max_memory: Annotated[
        int | None,
        BeforeValidator(whole),
        # The domain checks the limits: pydantic leaves them out of the schema where a validator comes first.
        Field(
            description="bytes, from 10 MB to 4 GB", json_schema_extra={"minimum": MIN_MEMORY, "maximum": MAX_MEMORY}
        ),
    ] = None
    # Not strict: JSON has no enumerations, so a policy comes as a string.
    eviction_policy: Annotated[EvictionPolicy | None, Field(strict=False)] = None
    notify_keyspace_events: Annotated[Flags | None, Field(description=EVENTS)] = None
    settings: Annotated[SettingsRequest | None, Field(description="of Redis, by its own names")] = None
    deletion_protection: Annotated[bool | None, Field(description="true makes DELETE answer 409")] = None
    expires_at: Annotated[
        Annotated[str, Field(pattern=PATTERN, json_schema_extra={"format": "date-time"})] | None,
        Field(description="when it deletes itself: RFC 3339 with its zone, within a year; null is never"),
    ] = None
    backup_schedule: Annotated[
        BackupScheduleRequest | None, Field(description="backups by themselves; null is none")
    ] = None
    maintenance_window: Annotated[MaintenanceWindowRequest | None, Field(description=WINDOW)] = None
    recover_from_backup: Annotated[
        bool | None, Field(description="true begins with the latest backup when Redis dies. Not with persistence")
    ] = None
    # Not strict, as the policy.
    engine: Annotated[
        EngineName | None, Field(strict=False, description="`valkey` instead of `redis`, and never back")
    ] = None
    version: Annotated[
        str | None,
        Field(min_length=1, max_length=32, description="a later one that GET /engines offers: a line, or exactly"),
    ] = None
    allowed_cidrs: Annotated[AllowedCidrs | None, Field(description=CHANGED)] = None
    allow_eviction: Annotated[
        bool, Field(description="for less memory than is in use: let the policy evict what does not fit")
    ] = False

    @classmethod
    def fixed(cls) -> Mapping[str, str]:
        return {**set_by_the_service(InstanceBody), **_FIXED}

    @model_validator(mode="after")
    def _asks_for_something(self) -> "ChangeInstanceRequest":
        if not self.model_fields_set:
            raise ValueError(f"send at least one of {', '.join(_CHANGEABLE)}")
        return self

    def change_request(self) -> ChangeRequest:
        return ChangeRequest(
            name=self.name,
            max_memory=self.max_memory,
            eviction_policy=self.eviction_policy,
            deletion_protection=self.deletion_protection,
            expiry=Expiry(self.expires_at) if "expires_at" in self.model_fields_set else None,
            allow_eviction=self.allow_eviction,
            settings=settings_given(self.settings, self.notify_keyspace_events),
            scheduling=self._scheduling(),
            recover_from_backup=self.recover_from_backup,
            engine=self.engine,
            version=self.version,
            windowing=self._windowing(),
            allowed_cidrs=None if self.allowed_cidrs is None else tuple(self.allowed_cidrs),
        )

    def _scheduling(self) -> Scheduling | None:
        if "backup_schedule" not in self.model_fields_set:
            return None
        return Scheduling(self.backup_schedule.schedule() if self.backup_schedule else None)

    def _windowing(self) -> Windowing | None:
        if "maintenance_window" not in self.model_fields_set:
            return None
        return Windowing(self.maintenance_window.window() if self.maintenance_window else None)


_CHANGEABLE = [to_camel(name) for name in ChangeInstanceRequest.model_fields if name != "allow_eviction"]


class TaskBody(Body):
    """The Fargate task."""

    vcpu: float
    memory_gb: float

    @classmethod
    def of(cls, size: TaskSize) -> "TaskBody":
        return cls(vcpu=size.cpu / 1024, memory_gb=size.memory / 1024)


class MemoryBody(Body):
    """In bytes."""

    used: Annotated[int | None, Field(description="at this moment; null if nothing would change or it is not known")]
    target: int
    fits: Annotated[bool | None, Field(description="whether what is in use fits; null if that is not known")]


class ObstacleBody(Body):
    """Why the PATCH would be refused now."""

    code: str
    detail: str


class PlanBody(Body):
    """What a PATCH with the same body would do."""

    kind: Annotated[
        ChangeKind | Literal["NONE"],
        Field(description="IN_PLACE: in the running Redis, at once; REPLACE: a new task takes over"),
    ]
    restart: Annotated[bool, Field(description="whether every connection is closed once, and clients connect again")]
    memory: MemoryBody
    eviction_needed: bool
    engine_before: EngineName
    engine_after: EngineName
    version_before: Annotated[str | None, Field(description="null if it is not known yet")]
    version_after: Annotated[str | None, Field(description="as before, unless another engine or version was asked for")]
    expected_pause_milliseconds: Annotated[int, Field(description="how long writes wait")]
    task_before: TaskBody
    task_after: TaskBody
    cost_monthly_before: Annotated[
        float,
        Field(description=f"USD, list prices of {AS_OF}, with a full volume if there is one, without data transfer"),
    ]
    cost_monthly_after: float
    blocked_by: list[ObstacleBody]

    @classmethod
    def of(cls, plan: "ChangePlan", *, is_public: bool) -> "PlanBody":
        """`is_public`: whether a new task gets a public address."""
        endpoint = plan.before.endpoint
        was_public = is_public or (endpoint is not None and endpoint.is_public)
        replaced = plan.kind is ChangeKind.REPLACE
        used, target, persistence = plan.used_memory, plan.max_memory, plan.before.persistence
        before, after = task_size(plan.before.max_memory, persistence), task_size(target, persistence)
        return cls(
            kind=plan.kind or "NONE",
            restart=replaced,
            memory=MemoryBody(used=used, target=target, fits=None if used is None else used <= target),
            eviction_needed=used is not None and used > target,
            engine_before=plan.before.engine,
            engine_after=plan.target.engine if plan.target else plan.before.engine,
            version_before=plan.before.version,
            version_after=plan.target.version if plan.target else plan.before.version,
            expected_pause_milliseconds=PAUSE_MILLISECONDS if replaced else 0,
            task_before=TaskBody.of(before),
            task_after=TaskBody.of(after),
            cost_monthly_before=monthly_cost(
                before, full_volume(plan.before.max_memory, persistence), is_public=was_public
            ),
            cost_monthly_after=monthly_cost(
                after, full_volume(target, persistence), is_public=is_public if replaced else was_public
            ),
            blocked_by=[ObstacleBody(code=found.code, detail=str(found)) for found in plan.obstacles],
        )


class PlanResponse(Body):
    plan: PlanBody


class SizeBody(TaskBody):
    """A size of the task, and what it carries: an instance gets the first one that is large enough."""

    largest_memory: Annotated[int, Field(description="the largest `maxMemory`, in bytes, without persistence")]
    largest_memory_with_persistence: int
    cost_monthly: Annotated[float, Field(description=f"USD, list prices of {AS_OF}, without data transfer")]


class ListSizesResponse(Body):
    sizes: list[SizeBody]
    persistence_cost_monthly_per_gb: Annotated[
        float, Field(description="USD besides, for each GB (1024³ bytes) of `maxMemory` that is kept on a volume")
    ]

    @classmethod
    def of_all(cls, *, is_public: bool) -> "ListSizesResponse":
        return cls(
            sizes=[
                SizeBody(
                    vcpu=size.cpu / 1024,
                    memory_gb=size.memory / 1024,
                    largest_memory=largest_memory(size),
                    largest_memory_with_persistence=largest_memory(size, persistence=True),
                    cost_monthly=monthly_cost(size, is_public=is_public),
                )
                for size in SIZES
            ],
            persistence_cost_monthly_per_gb=persistence_cost(1024**3),
        )
