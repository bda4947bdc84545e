"""Organizations, their members and account keys, and the audit log, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Identity
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.model import EVERYTHING, AccountKey, AuditFilter, Member, Organization, OrganizationStatus
from swiftcache.organizations.ports import AuditPage, OrganizationPage
from swiftcache.platform.errors import Conflict, InvalidRequest, LimitExceeded, LimitUsage, MembershipChanged, NotFound


@dataclass
class FakeAccounts:
    """`organizations` holds each with what it uses at the moment; the others belong to it by its id."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    members: dict[str, tuple[Member, ...]] = field(default_factory=dict)
    keys: dict[str, tuple[AccountKey, ...]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    uses: dict[str, str] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)

    def identity(self, key_sha256: str, at: str) -> Identity | None:
        for organization_id in self.organizations:
            access = self._membership(organization_id).effective_accesses().get(key_sha256)
            if access is None or access.suspended:
                continue
            key = access.key
            if key.expires_at is None or key.expires_at > at:
                return Identity(organization_id, key.id, key.member_id, access.role, self.uses.get(key_sha256))
        return None

    def record_use(self, key_sha256: str, at: str) -> None:
        known = {key.sha256 for keys in self.keys.values() for key in keys}
        if key_sha256 in known:
            self.uses[key_sha256] = max(at, self.uses.get(key_sha256, ""))

    def last_uses(self, keys: Sequence[AccountKey]) -> dict[str, str]:
        return {key.id: self.uses[key.sha256] for key in keys if key.sha256 in self.uses}

    def create_organization(
        self, organization: Organization, owner: Member, key: AccountKey, audit: AuditEntry
    ) -> None:
        if organization.id not in self.organizations:
            self._store(Membership(organization, (owner,), (key,)))
            self.audit.append(audit)

    def organization(self, organization_id: str) -> Organization | None:
        return self.organizations.get(organization_id)

    def page(self, limit: int, cursor: str | None) -> OrganizationPage:
        ids = sorted(self.organizations)
        after = _after(cursor)
        found = [self.organizations[known] for known in ids if known > after]
        return OrganizationPage(found[:limit], f"after:{found[limit - 1].id}" if len(found) > limit else None)

    def membership(self, organization_id: str) -> Membership | None:
        return self._membership(organization_id) if organization_id in self.organizations else None

    def save(self, before: Membership, after: Membership, audit: AuditEntry) -> None:
        if self.versions.get(before.organization.id) != before.version:
            raise MembershipChanged("the organization was changed at the same moment")
        used = self.organizations[before.organization.id].used
        self._store(replace(after, organization=replace(after.organization, used=used), version=before.version + 1))
        self.audit.append(audit)

    def use(self, organization_id: str, instances: int, memory: int) -> None:
        """Counts so many more instances and bytes, if the organization's limits allow it."""
        organization = self.organizations.get(organization_id)
        if organization is None:
            raise NotFound(f"there is no organization {organization_id}")
        used, limits = organization.used, organization.limits
        now = replace(used, instances=used.instances + instances, memory=used.memory + memory)
        more = instances > 0 or memory > 0
        if more and organization.status is not OrganizationStatus.ACTIVE:
            raise Conflict(f"the organization is {organization.status}")
        if more and (now.instances > limits.instances or now.memory > limits.memory):
            raise LimitExceeded(
                "the organization's limit is reached",
                LimitUsage("instances", limits.instances, used.instances, instances),
                LimitUsage("memory", limits.memory, used.memory, memory),
            )
        self.organizations[organization_id] = replace(organization, used=now)

    def use_backups(self, organization_id: str, backups: int, size_bytes: int) -> None:
        """Counts so many more backups and bytes."""
        organization = self.organizations.get(organization_id)
        if organization is not None:
            used = organization.used
            now = replace(used, backups=used.backups + backups, backup_bytes=used.backup_bytes + size_bytes)
            self.organizations[organization_id] = replace(organization, used=now)

    def _membership(self, organization_id: str) -> Membership:
        return Membership(
            self.organizations[organization_id],
            self.members[organization_id],
            self.keys[organization_id],
            self.versions[organization_id],
        )

    def _store(self, membership: Membership) -> None:
        organization_id = membership.organization.id
        self.organizations[organization_id] = membership.organization
        self.members[organization_id] = tuple(sorted(membership.members, key=lambda member: member.id))
        self.keys[organization_id] = tuple(sorted(membership.keys, key=lambda key: key.id))
        self.versions[organization_id] = membership.version


@dataclass
class FakeAuditLog:
    """What the accounts and the instances have written."""

    accounts: FakeAccounts

    def page(self, organization_id: str, limit: int, cursor: str | None, wanted: AuditFilter = EVERYTHING) -> AuditPage:
        before = _after(cursor) or "~"
        if cursor and not wanted.covers(before.partition("#")[0]):
            raise InvalidRequest("cursor is one of another time", "/cursor")
        places = {f"{entry.at}#{entry.id}": entry for entry in self.accounts.audit}
        found = [
            entry
            for place, entry in sorted(places.items(), reverse=True)
            if place < before
            and entry.organization_id == organization_id
            and wanted.covers(entry.at)
            and wanted.action in (None, entry.action)
            and wanted.instance_id in (None, entry.target_id, entry.details.get("instanceId"))
            and wanted.target_id in (None, entry.target_id)
            and wanted.member_id in (None, entry.actor_member_id)
        ]
        last = found[limit - 1] if len(found) > limit else None
        return AuditPage(found[:limit], f"after:{last.at}#{last.id}" if last else None)


def _after(cursor: str | None) -> str:
    if cursor and not cursor.startswith("after:"):
        raise InvalidRequest("cursor is not one that this API gave", "/cursor")
    return (cursor or "").removeprefix("after:")
