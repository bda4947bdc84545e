"""Organizations: who owns instances, who may speak for them, and what each role may do."""

import re
from dataclasses import dataclass
from enum import StrEnum

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role


class OrganizationStatus(StrEnum):
    """A suspended organization's instances are gone and its keys do nothing, until it is resumed."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETING = "DELETING"


_ID = re.compile(r"org_[a-z0-9]{1,64}")


def is_organization_id(text: str) -> bool:
    """Whether this could be an organization's id. What could not need not be looked up."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an organization may have at a time, or has.

    `memory` in bytes, the sum of its instances' `maxMemory`; `backup_bytes` is what its `backups` take in S3.
    """

    instances: int
    memory: int
    backups: int = 0
    backup_bytes: int = 0


DEFAULT_LIMITS = Limits(instances=1000, memory=1024 * 1024**3, backups=1000, backup_bytes=1024 * 1024**3)
"""What a new organization gets unless the operator says otherwise: 1,000 instances and 1 TiB, and as much for backups.
"""


@dataclass(frozen=True, slots=True)
class NewLimits:
    """What the operator sets. None of them stays as it is."""

    instances: int
    memory: int
    backups: int | None = None
    backup_bytes: int | None = None

    def over(self, before: Limits) -> Limits:
        return Limits(
            self.instances,
            self.memory,
            before.backups if self.backups is None else self.backups,
            before.backup_bytes if self.backup_bytes is None else self.backup_bytes,
        )


@dataclass(frozen=True, slots=True)
class Organization:
    """`used` counts what its instances and backups take; `created_at` is RFC 3339 in UTC.

    `status_version` counts its statuses, so that work begun for one can tell that it has passed.
    """

    id: str
    name: str
    status: OrganizationStatus
    created_at: str
    limits: Limits
    used: Limits
    status_version: int = 1

    @property
    def left(self) -> Limits:
        """What it may still take. Nothing, where a limit was lowered below what is used."""
        return Limits(
            instances=max(0, self.limits.instances - self.used.instances),
            memory=max(0, self.limits.memory - self.used.memory),
            backups=max(0, self.limits.backups - self.used.backups),
            backup_bytes=max(0, self.limits.backup_bytes - self.used.backup_bytes),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A person or a program of an organization. Its account keys never may more than its role."""

    id: str
    organization_id: str
    name: str
    role: Role
    created_at: str


@dataclass(frozen=True, slots=True)
class AccountKey:
    """An account key as it is kept: by its hash, and by a prefix that its holder can recognise.

    `role` is what it was made for; a lower role of its member limits it. `expires_at` None is never.
    """

    id: str
    organization_id: str
    member_id: str
    name: str
    role: Role
    prefix: str
    sha256: str
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit log are asked for; None leaves a part open.

    `instance_id` finds those about an instance and about what it has, such as its keys; `target_id` those whose target
    is this very thing; `member_id` what a member did. `since` and `until` are RFC 3339 in UTC with milliseconds, and
    what happened at `until` is not among them.
    """

    action: Action | None = None
    instance_id: str | None = None
    target_id: str | None = None
    member_id: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def looks_at_each(self) -> bool:
        """Whether the time alone does not tell which they are."""
        return any((self.action, self.instance_id, self.target_id, self.member_id))

    def covers(self, at: str) -> bool:
        """Whether it is between `since` and `until`."""
        return (self.since or "") <= at and (self.until is None or at < self.until)


EVERYTHING = AuditFilter()
