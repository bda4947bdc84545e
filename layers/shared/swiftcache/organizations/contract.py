"""The bodies of organizations, their members, account keys and audit log."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.api.body import VISIBLE, AttributesBody, Body, RequestBody, set_by_the_service, whole
from swiftcache.organizations.account_keys import CreatedAccountKey, ListedAccountKey, NewAccountKey
from swiftcache.organizations.audit_log import Recorded, RecordedPage
from swiftcache.organizations.model import NewLimits, Organization, OrganizationStatus
from swiftcache.organizations.ports import OrganizationPage
from swiftcache.organizations.service import CreatedOrganization

MOST_INSTANCES = 100_000
MOST_BACKUPS = 1_000_000
MOST_MEMORY = MOST_BACKUP_BYTES = 2**50
"""Bytes: 1 PiB. Far from where numbers of JSON become inexact."""

Name = Annotated[
    str,
    Field(pattern=f"^{VISIBLE}{{1,64}}$", description="1 to 64 characters, none of them invisible or for control"),
]
# Not strict: JSON has no enumerations, so a role comes as a string.
GivenRole = Annotated[Role, Field(strict=False)]
Cursor = Annotated[str | None, Field(description="send it as `cursor` for the next page; null on the last")]


def _text(value: object) -> object:
    # A number, also as text, pydantic would take for seconds since 1970.
    if not isinstance(value, str) or not re.match(r"\d{4}-", value):
        raise ValueError("a time is a text, as RFC 3339 has it")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this is beyond the times that there are") from None


Time = Annotated[
    AwareDatetime,
    Field(strict=False, description="RFC 3339 with its zone"),
    BeforeValidator(_text),
    AfterValidator(_in_utc),
]


class GivenLimits(RequestBody):
    """How much an organization may have at a time. `memory` in bytes, the sum of its instances' `maxMemory`;
    `backupBytes` is what its `backups` take. Left out, these two stay as they are."""

    instances: Annotated[int, Field(ge=0, le=MOST_INSTANCES), BeforeValidator(whole)]
    memory: Annotated[int, Field(ge=0, le=MOST_MEMORY), BeforeValidator(whole)]
    backups: Annotated[Annotated[int, Field(ge=0, le=MOST_BACKUPS), BeforeValidator(whole)] | None, Field()] = None
    backup_bytes: Annotated[
        Annotated[int, Field(ge=0, le=MOST_BACKUP_BYTES), BeforeValidator(whole)] | None, Field()
    ] = None

    def limits(self) -> NewLimits:
        return NewLimits(self.instances, self.memory, self.backups, self.backup_bytes)


class CreateOrganizationRequest(RequestBody):
    name: Name
    limits: Annotated[
        GivenLimits | None, Field(description="1,000 instances and 1 TiB unless given, and as much for backups")
    ] = None


class ChangeOrganizationRequest(RequestBody):
    """What is left out stays."""

    name: Name | None = None
    limits: Annotated[GivenLimits | None, Field(description="set by the operator alone")] = None

    @classmethod
    def fixed(cls) -> Mapping[str, str]:
        status = "POST …/suspend and …/resume do that, and DELETE ends it"
        return {**set_by_the_service(OrganizationBody), "status": status}


class CreateMemberRequest(RequestBody):
    name: Name
    role: GivenRole


class ChangeMemberRequest(RequestBody):
    """What is left out stays."""

    name: Name | None = None
    role: GivenRole | None = None

    @classmethod
    def fixed(cls) -> Mapping[str, str]:
        return set_by_the_service(MemberBody)


class CreateAccountKeyRequest(RequestBody):
    name: Name
    role: Annotated[GivenRole, Field(description="no higher than yours, and its member's")]
    member_id: Annotated[str | None, Field(max_length=64, description="you, unless given")] = None
    expires_at: Annotated[Time | None, Field(description="never, unless given")] = None

    def new_key(self) -> NewAccountKey:
        return NewAccountKey(self.name, self.role, self.member_id, self.expires_at)


class LimitsBody(AttributesBody):
    """`memory` and `backupBytes` in bytes."""

    instances: int
    memory: int
    backups: int
    backup_bytes: int


class OrganizationBody(AttributesBody):
    id: str
    name: str
    status: OrganizationStatus
    limits: LimitsBody
    created_at: str


class OrganizationResponse(Body):
    organization: OrganizationBody

    @classmethod
    def of(cls, organization: Organization) -> "OrganizationResponse":
        return cls(organization=OrganizationBody.of(organization))


class ListOrganizationsResponse(Body):
    organizations: list[OrganizationBody]
    next_cursor: Cursor

    @classmethod
    def of(cls, page: OrganizationPage) -> "ListOrganizationsResponse":
        return cls(organizations=[OrganizationBody.of(found) for found in page.organizations], next_cursor=page.cursor)


class DeleteOrganizationResponse(Body):
    message: Literal["Organization deletion initiated"] = "Organization deletion initiated"
    organization: OrganizationBody


class UsageResponse(AttributesBody):
    """What an organization may have, has, and may still take: instances, `memory` in bytes, backups and their bytes."""

    limits: LimitsBody
    used: LimitsBody
    left: LimitsBody


class MemberBody(AttributesBody):
    id: str
    name: str
    role: Role
    created_at: str


class MemberResponse(Body):
    member: MemberBody


class ListMembersResponse(Body):
    members: list[MemberBody]


class GoneBody(Body):
    id: str


class RemoveMemberResponse(Body):
    message: Literal["Member removed"] = "Member removed"
    member: GoneBody


class CreatedAccountKeyBody(Body):
    """An account key. `plainTextKey` is shown here once and never again."""

    id: str
    name: str
    role: Role
    member_id: str
    prefix: str
    plain_text_key: str
    created_at: str
    expires_at: str | None

    @classmethod
    def of(cls, created: CreatedAccountKey | CreatedOrganization) -> "CreatedAccountKeyBody":
        key = created.key
        return cls(
            id=key.id,
            name=key.name,
            role=key.role,
            member_id=key.member_id,
            prefix=key.prefix,
            plain_text_key=created.plain_key,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )


class CreateAccountKeyResponse(Body):
    created_key: CreatedAccountKeyBody


class CreateOrganizationResponse(Body):
    organization: OrganizationBody
    member: MemberBody
    created_owner_key: CreatedAccountKeyBody

    @classmethod
    def of(cls, created: CreatedOrganization) -> "CreateOrganizationResponse":
        return cls(
            organization=OrganizationBody.of(created.organization),
            member=MemberBody.of(created.owner),
            created_owner_key=CreatedAccountKeyBody.of(created),
        )


class AccountKeyBody(Body):
    """An account key without the key itself."""

    id: str
    name: str
    prefix: Annotated[str, Field(description="the key's first characters, to recognise it by")]
    role: Annotated[Role, Field(description="what it may do: its own role, or its member's where that is lower")]
    member: MemberBody
    created_at: str
    expires_at: Annotated[str | None, Field(description="null: never")]
    last_used_at: Annotated[str | None, Field(description="exact to 5 minutes; null: not yet")]

    @classmethod
    def of(cls, listed: ListedAccountKey) -> "AccountKeyBody":
        return cls(
            id=listed.key.id,
            name=listed.key.name,
            prefix=listed.key.prefix,
            role=listed.role,
            member=MemberBody.of(listed.member),
            created_at=listed.key.created_at,
            expires_at=listed.key.expires_at,
            last_used_at=listed.last_used_at,
        )


class ListAccountKeysResponse(Body):
    keys: list[AccountKeyBody]


class RevokeAccountKeyResponse(Body):
    message: Literal["Account key revoked"] = "Account key revoked"
    key: GoneBody


class ActorBody(Body):
    """Who did it: an account key, or the service by itself, which is then named by `system`."""

    key_id: str | None
    key_name: Annotated[str | None, Field(description="null where the organization does not have the key any more")]
    member_id: str | None
    role: Role | None
    system: str | None


class AuditTargetBody(Body):
    id: str
    name: str


class AuditEntryBody(Body):
    id: str
    at: str
    action: Action
    target: AuditTargetBody
    actor: ActorBody
    source_ip: str | None
    request_id: str
    details: dict[str, str | int | bool | None]

    @classmethod
    def of(cls, recorded: Recorded) -> "AuditEntryBody":
        entry = recorded.entry
        by_key = entry.actor_key_id is not None
        actor = ActorBody(
            key_id=entry.actor_key_id,
            key_name=recorded.key_name,
            member_id=entry.actor_member_id,
            role=Role(entry.actor_role) if by_key else None,
            system=None if by_key else entry.actor_role,
        )
        return cls(
            id=entry.id,
            at=entry.at,
            action=entry.action,
            target=AuditTargetBody(id=entry.target_id, name=entry.target_name),
            actor=actor,
            source_ip=entry.source_ip,
            request_id=entry.request_id,
            details=dict(entry.details),
        )


class ListAuditResponse(Body):
    entries: list[AuditEntryBody]
    next_cursor: Cursor

    @classmethod
    def of(cls, page: RecordedPage) -> "ListAuditResponse":
        return cls(entries=[AuditEntryBody.of(recorded) for recorded in page.recorded], next_cursor=page.cursor)
