"""The bodies of POST /backups/{id}/plan."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field

from swiftcache.api.body import NAME, Body, RequestBody, whole
from swiftcache.backups.plan import smallest_memory
from swiftcache.changes.contract import ObstacleBody, TaskBody
from swiftcache.changes.prices import AS_OF, full_volume, monthly_cost
from swiftcache.engines.model import EngineName
from swiftcache.instances.allowed_networks_contract import AllowedCidrs
from swiftcache.instances.backup_schedule_contract import BackupScheduleRequest
from swiftcache.instances.contract import OFFERED, Region
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.expiry import PATTERN
from swiftcache.instances.maintenance_contract import MaintenanceWindowRequest
from swiftcache.instances.model import NewInstance
from swiftcache.instances.restore import RestoreRequest
from swiftcache.instances.settings_contract import EVENTS, Flags, SettingsRequest, settings_given
from swiftcache.instances.sizes import MAX_MEMORY, MIN_MEMORY, task_size
from swiftcache.platform.errors import InvalidRequest

if TYPE_CHECKING:
    from swiftcache.backups.model import Backup
    from swiftcache.backups.plan import RestorePlan


class PlanRestoreRequest(RequestBody):
    """The fields of a creation, all of which may be left out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"maxMemory": 268435456}})

    organization_id: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    name: Annotated[str, Field(pattern=NAME, description="1 to 64 letters, digits, `-`, `_` and `.`")] = "restored"
    max_memory: Annotated[
        int | None,
        BeforeValidator(whole),
        # The domain checks the limits: pydantic leaves them out of the schema where a validator comes first.
        Field(
            description="bytes, from 10 MB to 4 GB; where it is left out, as the backup's instance has",
            json_schema_extra={"minimum": MIN_MEMORY, "maximum": MAX_MEMORY},
        ),
    ] = None
    region: Region = OFFERED[0]
    # Not strict: JSON has no enumerations, so a policy comes as a string.
    # Factories, for the reason of `CreateInstanceRequest`.
    eviction_policy: Annotated[EvictionPolicy, Field(strict=False)] = Field(
        default_factory=lambda: EvictionPolicy.ALLKEYS_LRU
    )
    notify_keyspace_events: Annotated[Flags, Field(description=EVENTS)] = Field(default_factory=str)
    settings: Annotated[SettingsRequest | None, Field(description="of Redis, by its own names")] = None
    persistence: bool = Field(default_factory=bool)
    deletion_protection: bool = False
    backup_schedule: BackupScheduleRequest | None = None
    maintenance_window: MaintenanceWindowRequest | None = None
    recover_from_backup: bool = False
    expires_at: Annotated[
        Annotated[str, Field(pattern=PATTERN, json_schema_extra={"format": "date-time"})] | None,
        Field(description="when it deletes itself: RFC 3339 with its zone, within a year"),
    ] = None
    engine: Annotated[EngineName | None, Field(strict=False)] = None
    version: Annotated[str | None, Field(min_length=1, max_length=32)] = None
    allowed_cidrs: AllowedCidrs | None = None
    restore_from: Annotated[str | None, Field(description="this backup's id, if anything")] = None
    restore_keys: bool = False

    def restore_request(self, backup_id: str) -> RestoreRequest:
        """Raises InvalidRequest if another backup is named."""
        if self.restore_from not in (None, backup_id):
            raise InvalidRequest(f"restoreFrom is another backup than that of the address, {backup_id}", "/restoreFrom")
        given = self.model_fields_set
        return RestoreRequest.with_fields(backup_id, self.restore_keys, given)

    def new_instance(self, organization_id: str, backup: "Backup") -> NewInstance:
        return NewInstance(
            organization_id=organization_id,
            name=self.name,
            max_memory=smallest_memory(backup, MIN_MEMORY, MAX_MEMORY) if self.max_memory is None else self.max_memory,
            region=self.region,
            eviction_policy=self.eviction_policy,
            persistence=self.persistence,
            settings=settings_given(self.settings, self.notify_keyspace_events or None),
            backup_schedule=self.backup_schedule.schedule() if self.backup_schedule else None,
            recover_from_backup=self.recover_from_backup,
            maintenance_window=self.maintenance_window.window() if self.maintenance_window else None,
            engine=self.engine,
            version=self.version,
            allowed_cidrs=tuple(self.allowed_cidrs or ()),
        )


class RestoreMemoryBody(Body):
    """In bytes."""

    needed: Annotated[int | None, Field(description="what Redis took for the data when it was proved; null before")]
    target: int
    fits: Annotated[bool | None, Field(description="whether they fit; null if that is not known")]


class RestorePlanBody(Body):
    """What POST /instances with the same fields and `restoreFrom` would do."""

    backup_id: str
    keys: Annotated[int | None, Field(description="null if nobody has counted them")]
    size_bytes: int
    taken_at: str | None
    engine: Annotated[str | None, Field(description="that wrote the backup")]
    target_engine: Annotated[EngineName, Field(description="of the instance")]
    engine_version: str | None
    rdb_version: int | None
    memory: RestoreMemoryBody
    eviction_policy: EvictionPolicy
    persistence: bool
    restores_keys: Annotated[int, Field(description="how many instance keys it takes over, beside its new first one")]
    task: TaskBody
    expected_seconds: Annotated[int, Field(description="from the request until it is RUNNING, about")]
    cost_monthly: Annotated[
        float,
        Field(description=f"USD, list prices of {AS_OF}, with a full volume if there is one, without data transfer"),
    ]
    blocked_by: list[ObstacleBody]

    @classmethod
    def of(cls, plan: "RestorePlan", restores_keys: int, *, is_public: bool) -> "RestorePlanBody":
        """`is_public`: whether a new task gets a public address."""
        backup, new = plan.backup, plan.new
        content = backup.content
        size = task_size(new.max_memory, new.persistence)
        return cls(
            backup_id=backup.id,
            keys=content.keys if content else None,
            size_bytes=backup.size_bytes,
            taken_at=content.taken_at if content else None,
            engine=content.rdb.engine if content else None,
            target_engine=new.engine or EngineName.REDIS,
            engine_version=content.rdb.engine_version if content else None,
            rdb_version=content.rdb.rdb_version if content else None,
            memory=RestoreMemoryBody(needed=plan.needed, target=new.max_memory, fits=plan.fits),
            eviction_policy=new.eviction_policy,
            persistence=new.persistence,
            restores_keys=restores_keys,
            task=TaskBody.of(size),
            expected_seconds=plan.expected_seconds,
            cost_monthly=monthly_cost(size, full_volume(new.max_memory, new.persistence), is_public=is_public),
            blocked_by=[ObstacleBody(code=found.code, detail=str(found)) for found in plan.obstacles],
        )


class RestorePlanResponse(Body):
    plan: RestorePlanBody
