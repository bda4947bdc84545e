"""What organizations need of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Identity
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.model import EVERYTHING, AccountKey, AuditFilter, Member, Organization


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """`cursor` is opaque; None after the last page."""

    organizations: Sequence[Organization]
    cursor: str | None


class Accounts(Protocol):
    def identity(self, key_sha256: str, at: str) -> Identity | None:
        """Whose account key has this SHA-256, if it is valid at this time. One strongly consistent read.

        None for a key that is not known, has expired, or belongs to an organization that is suspended.
        """

    def create_organization(
        self, organization: Organization, owner: Member, key: AccountKey, audit: AuditEntry
    ) -> None:
        """A new organization without instances, its owner and their first account key, together or not at all.

        Does nothing if it is there already: an id is given once, so an earlier try has made it.
        """

    def record_use(self, key_sha256: str, at: str) -> None:
        """Notes that the key was used. Does nothing if the key is gone, or a later use is noted."""

    def last_uses(self, keys: Sequence[AccountKey]) -> dict[str, str]:
        """When each key was last used, by its id. One that was not, or opens nothing, is missing."""

    def organization(self, organization_id: str) -> Organization | None:
        """A strongly consistent read."""

    def page(self, limit: int, cursor: str | None) -> OrganizationPage:
        """One read: up to `limit` of all organizations, in no order. A new one may be missing for a moment.

        Raises InvalidRequest for a cursor that is not ours.
        """

    def membership(self, organization_id: str) -> Membership | None:
        """The organization with all its members and account keys."""

    def save(self, before: Membership, after: Membership, audit: AuditEntry) -> None:
        """Stores what differs and what follows from it for the look-up of each key, together or not at all.

        From then on a key opens what `after.openings()` says. Raises MembershipChanged if it is not as it was `before`.
        """


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`cursor` is opaque; None after the oldest entry. A filtered page may hold few, and still not be the last."""

    entries: Sequence[AuditEntry]
    cursor: str | None


class AuditLog(Protocol):
    def page(self, organization_id: str, limit: int, cursor: str | None, wanted: AuditFilter = EVERYTHING) -> AuditPage:
        """Up to `limit` entries, the newest first.

        A filter by more than the time looks through a bounded number of entries, and goes on at the cursor. Raises
        InvalidRequest for a cursor that is not ours, or not of this time.
        """
