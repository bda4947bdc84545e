"""The bodies of the API, as its public guides show them. Names are camelCase on the wire, as in the guides."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

from swiftcache.api.body import NAME, AttributesBody, Body, RequestBody, whole
from swiftcache.engines.catalogue import end_of_life
from swiftcache.engines.model import EngineName
from swiftcache.instances.allowed_networks_contract import GIVEN, AllowedCidrs
from swiftcache.instances.backup_schedule_contract import BackupScheduleBody, BackupScheduleRequest
from swiftcache.instances.certificate_contract import CertificateBody
from swiftcache.instances.change_contract import ChangeBody
from swiftcache.instances.error_contract import ErrorBody
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.expiry import PATTERN
from swiftcache.instances.final_backup_contract import FinalBackupBody, final_backup_error
from swiftcache.instances.long_poll import WaitResult
from swiftcache.instances.maintenance import window_of
from swiftcache.instances.maintenance_contract import (
    WINDOW,
    MaintenanceWindowBody,
    MaintenanceWindowRequest,
    PendingMaintenanceBody,
)
from swiftcache.instances.model import REGIONS, Instance, NewInstance
from swiftcache.instances.ports import Page
from swiftcache.instances.recovery_contract import RecoveryBody
from swiftcache.instances.restore import RestoreRequest
from swiftcache.instances.service import Created
from swiftcache.instances.settings_contract import (
    EVENTS,
    Flags,
    SettingsBody,
    SettingsRequest,
    settings_given,
)
from swiftcache.instances.sizes import MAX_MEMORY, MIN_MEMORY
from swiftcache.instances.status import Status

OFFERED = [region.region for region in REGIONS if region.available]

Region = TypeAliasType(
    "Region",
    Annotated[str, Field(description="one that GET /instances/regions offers", json_schema_extra={"enum": OFFERED})],
)
"""With a name, so that all bodies share one type in the document."""


class CreateInstanceRequest(RequestBody):
    """What POST /instances takes."""

    # Three fields have factories, which the document does not show, in the place of defaults: with `restoreFrom` to say
    # false is not to say nothing.

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "example": {
                "organizationId": "org_123",
                "name": "my-redis",
                "maxMemory": 536870912,
                "region": "eu-central",
            }
        },
    )

    organization_id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[
        str,
        Field(pattern=NAME, description="1 to 64 letters, digits, `-`, `_` and `.`"),
    ]
    max_memory: Annotated[
        int,
        BeforeValidator(whole),
        # The domain checks the limits: pydantic leaves them out of the schema where a validator comes first.
        Field(
            description="bytes, from 10 MB to 4 GB",
            json_schema_extra={"minimum": MIN_MEMORY, "maximum": MAX_MEMORY},
        ),
    ]
    region: Region
    # Not strict: JSON has no enumerations, so a policy comes as a string.
    eviction_policy: Annotated[
        EvictionPolicy, Field(strict=False, description="`allkeys-lru` where it is left out, but with `restoreFrom`")
    ] = Field(default_factory=lambda: EvictionPolicy.ALLKEYS_LRU)
    notify_keyspace_events: Annotated[Flags, Field(description=EVENTS)] = Field(default_factory=str)
    settings: Annotated[SettingsRequest | None, Field(description="of Redis, by its own names")] = None
    persistence: Annotated[
        bool,
        Field(description="true keeps the data on a volume, so that they outlive Redis. It cannot be changed later"),
    ] = Field(default_factory=bool)
    deletion_protection: Annotated[bool, Field(description="true makes DELETE answer 409")] = False
    expires_at: Annotated[
        Annotated[str, Field(pattern=PATTERN, json_schema_extra={"format": "date-time"})] | None,
        Field(description="when it deletes itself: RFC 3339 with its zone, within a year"),
    ] = None
    backup_schedule: Annotated[
        BackupScheduleRequest | None, Field(description="backups by themselves; null is none")
    ] = None
    maintenance_window: Annotated[MaintenanceWindowRequest | None, Field(description=WINDOW)] = None
    recover_from_backup: Annotated[
        bool,
        Field(
            description="true begins with the latest backup when Redis dies, and not with nothing. Not with persistence"
        ),
    ] = False
    restore_from: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=64,
            description=(
                "the backup that it begins with: it is RUNNING when it has all its keys. "
                "`evictionPolicy`, `persistence`, `settings` and `notifyKeyspaceEvents` are as that of the backup's "
                "instance where they are left out"
            ),
        ),
    ] = None
    restore_keys: Annotated[
        bool, Field(description="with `restoreFrom`: it takes the keys of the backup's instance too, as they were")
    ] = False

    # Not strict, as the policy.
    engine: Annotated[
        EngineName | None,
        Field(strict=False, description="one that GET /engines offers; by default the default, or that of the backup"),
    ] = None
    version: Annotated[
        str | None,
        Field(min_length=1, max_length=32, description="of the engine: a line, as `7.2`, or one exactly; as offered"),
    ] = None

    allowed_cidrs: Annotated[AllowedCidrs | None, Field(description=GIVEN)] = None

    @model_validator(mode="after")
    def _restores_keys_of_a_backup(self) -> "CreateInstanceRequest":
        if self.restore_keys and self.restore_from is None:
            raise ValueError("restoreKeys is for an instance that begins with a backup: send restoreFrom too")
        return self

    def new_instance(self) -> NewInstance:
        return NewInstance(
            organization_id=self.organization_id,
            name=self.name,
            max_memory=self.max_memory,
            region=self.region,
            eviction_policy=self.eviction_policy,
            persistence=self.persistence,
            deletion_protection=self.deletion_protection,
            expires_at=self.expires_at,
            settings=settings_given(self.settings, self.notify_keyspace_events or None),
            backup_schedule=self.backup_schedule.schedule() if self.backup_schedule else None,
            restore=self._restore_request(),
            recover_from_backup=self.recover_from_backup,
            maintenance_window=self.maintenance_window.window() if self.maintenance_window else None,
            engine=self.engine,
            version=self.version,
            allowed_cidrs=tuple(self.allowed_cidrs or ()),
        )

    def _restore_request(self) -> RestoreRequest | None:
        if self.restore_from is None:
            return None
        return RestoreRequest.with_fields(self.restore_from, self.restore_keys, self.model_fields_set)


class ApiKeyBody(AttributesBody):
    """An instance key without the key itself, as the guides show it. GET …/keys tells more."""

    id: str
    name: str
    created_at: str


class ConnectionBody(Body):
    """How to connect. Put the instance key in the place of `{key}` in `urlTemplate`."""

    host: str
    port: int
    tls: Literal[True] = True
    url_template: str


class InstanceBody(Body):
    """An instance. `maxMemory` is in bytes, `maxMemoryMb` in MB of 1024 × 1024 bytes."""

    id: str
    organization_id: str
    name: str
    status: Annotated[Status | Literal["DELETED"], Field(description="DELETED only in the answer to `waitFor=DELETED`")]
    hostname: Annotated[str | None, Field(description="null until RUNNING; then it never changes")]
    port: int | None
    max_memory: int
    max_memory_mb: int
    region: str
    tier: Literal["dedicated"] = "dedicated"
    eviction_policy: EvictionPolicy
    notify_keyspace_events: Annotated[str, Field(description=EVENTS)]
    settings: Annotated[SettingsBody, Field(description="of Redis, by its own names, with the defaults of the others")]
    persistence: Annotated[bool, Field(description="whether the data are kept on a volume")]
    created_at: str
    api_keys: list[ApiKeyBody]
    connection: Annotated[ConnectionBody | None, Field(description="null unless RUNNING")]
    error: Annotated[ErrorBody | None, Field(description="null unless ERROR")]
    deletion_protection: Annotated[bool, Field(description="while true, DELETE answers 409")]
    expires_at: Annotated[str | None, Field(description="when it deletes itself; null is never")]
    restored_from: Annotated[str | None, Field(description="the backup that it was made from; null if none")]
    recover_from_backup: Annotated[bool, Field(description="whether it begins with its latest backup when Redis dies")]
    change: Annotated[ChangeBody | None, Field(description="of memory or policy: under way, or the last; null if none")]
    not_answering_since: Annotated[
        str | None,
        Field(description="since when its Redis does not answer; after a minute it is replaced. null while it answers"),
    ]
    recovering: Annotated[bool, Field(description="true while its task has died and another is not there yet")]
    recovery: Annotated[RecoveryBody | None, Field(description="of a task that died: under way, or the last; or null")]
    final_backup: Annotated[
        FinalBackupBody | None, Field(description="what its deletion waits for, or waited for; null unless it is to go")
    ]
    final_backup_error: Annotated[
        ErrorBody | None, Field(description="why the last deletion with a final backup did not go on; or null")
    ]
    backup_schedule: Annotated[BackupScheduleBody | None, Field(description="backups by themselves; null if none")]
    next_backup_at: Annotated[str | None, Field(description="when the schedule's next backup begins; null if never")]
    certificate: Annotated[
        CertificateBody | None,
        Field(description="what it serves; null unless RUNNING, and in the first minute of a task"),
    ]
    engine: EngineName
    version: Annotated[
        str | None,
        Field(description="of the engine, as it says itself; null until it was asked, within a minute or two"),
    ]
    end_of_life: Annotated[
        str | None,
        Field(description="the day until which its line gets patches (YYYY-MM-DD); null if that is not known"),
    ]
    maintenance_window: Annotated[
        MaintenanceWindowBody,
        Field(description="when its task may be replaced by itself; in the night if none was chosen"),
    ]
    pending_maintenance: Annotated[
        list[PendingMaintenanceBody], Field(description="replacements of its task that are to come")
    ]

    allowed_cidrs: Annotated[
        list[str] | None, Field(description="the networks that reach it; null if those of the stack do")
    ]
    allowed_cidrs_in_force: Annotated[
        bool, Field(description="false for the seconds in which `allowedCidrs` is not what the network lets in yet")
    ]

    @classmethod
    def of(cls, instance: Instance) -> "InstanceBody":
        connection = None
        if instance.status is Status.RUNNING and instance.hostname and instance.port:
            connection = ConnectionBody(
                host=instance.hostname,
                port=instance.port,
                # Not with an empty user: redis-cli and phpredis would sign in with the empty name.
                url_template=f"rediss://default:{{key}}@{instance.hostname}:{instance.port}",
            )
        return cls(
            id=instance.id,
            organization_id=instance.organization_id,
            name=instance.name,
            status=instance.status,
            hostname=instance.hostname,
            port=instance.port,
            max_memory=instance.max_memory,
            max_memory_mb=instance.max_memory_mb,
            region=instance.region,
            eviction_policy=instance.eviction_policy,
            notify_keyspace_events=instance.settings.events,
            settings=SettingsBody.model_validate(instance.settings.values),
            persistence=instance.persistence,
            created_at=instance.created_at,
            api_keys=[ApiKeyBody.of(key) for key in instance.keys],
            connection=connection,
            error=ErrorBody.of(instance.failure) if instance.failure else None,
            deletion_protection=instance.deletion_protection,
            expires_at=instance.expires_at,
            restored_from=instance.restore.backup_id if instance.restore else None,
            recover_from_backup=instance.recover_from_backup,
            change=ChangeBody.of(instance.change) if instance.change else None,
            not_answering_since=instance.silent_since if instance.status is Status.RUNNING else None,
            recovering=instance.status is Status.RUNNING and instance.recovering,
            recovery=_recovery_body(instance),
            final_backup=FinalBackupBody.of(instance.final_backup),
            final_backup_error=final_backup_error(instance.final_backup),
            backup_schedule=BackupScheduleBody.of(instance.backup_schedule) if instance.backup_schedule else None,
            next_backup_at=instance.next_backup_at,
            certificate=CertificateBody.of(instance.serves) if instance.serves else None,
            engine=instance.engine,
            version=instance.version,
            end_of_life=_end_of_life(instance),
            maintenance_window=MaintenanceWindowBody.of(window_of(instance)),
            pending_maintenance=[PendingMaintenanceBody.of(one) for one in instance.maintenance],
            allowed_cidrs=list(instance.allowed_networks.cidrs) if instance.allowed_networks else None,
            allowed_cidrs_in_force=instance.networks_in_force,
        )


def _end_of_life(instance: Instance) -> str | None:
    found = end_of_life(instance.engine, instance.version) if instance.version else None
    return found.isoformat() if found else None


def _recovery_body(instance: Instance) -> RecoveryBody | None:
    found = instance.recovery
    return RecoveryBody.of(found, data_kept=instance.persistence) if found else None


class CreatedKeyBody(Body):
    """The first instance key. `plainTextKey` is shown here once and never again."""

    id: str
    name: str
    plain_text_key: str
    created_at: str


class CreateInstanceResponse(Body):
    instance: InstanceBody
    created_default_key: CreatedKeyBody

    @classmethod
    def of(cls, created: Created) -> "CreateInstanceResponse":
        return cls(
            instance=InstanceBody.of(created.instance),
            created_default_key=CreatedKeyBody(
                id=created.key.id,
                name=created.key.name,
                plain_text_key=created.plain_key,
                created_at=created.key.created_at,
            ),
        )


class GetInstanceResponse(Body):
    instance: InstanceBody

    @classmethod
    def of(cls, seen: WaitResult) -> "GetInstanceResponse":
        if not seen.gone:
            return cls(instance=InstanceBody.of(seen.instance))
        last = InstanceBody.of(replace(seen.instance, status=Status.DELETING))
        return cls(instance=last.model_copy(update={"status": "DELETED"}))


class ListInstancesResponse(Body):
    instances: list[InstanceBody]
    next_cursor: Annotated[str | None, Field(description="send it as `cursor` for the next page; null on the last")]

    @classmethod
    def of(cls, page: Page) -> "ListInstancesResponse":
        return cls(instances=[InstanceBody.of(instance) for instance in page.instances], next_cursor=page.cursor)


class DeletingInstanceBody(Body):
    id: str
    status: Annotated[Status, Field(description="DELETING, or RUNNING while a final backup is taken")]


class DeleteInstanceResponse(Body):
    message: Literal["Instance deletion initiated", "Instance deletion follows its final backup"]
    instance: DeletingInstanceBody

    @classmethod
    def of(cls, instance_id: str, status: Status) -> "DeleteInstanceResponse":
        deleting = status is Status.DELETING
        return cls(
            message="Instance deletion initiated" if deleting else "Instance deletion follows its final backup",
            instance=DeletingInstanceBody(id=instance_id, status=status),
        )


class RegionBody(AttributesBody):
    region: str
    region_name: str
    flag: str
    available: bool


class ListRegionsResponse(Body):
    regions: list[RegionBody]
