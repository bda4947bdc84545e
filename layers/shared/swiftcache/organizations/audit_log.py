"""Reading an organization's audit log: who did what to what, from where."""

from dataclasses import dataclass

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Caller
from swiftcache.organizations.memberships import check_visible
from swiftcache.organizations.model import EVERYTHING, AuditFilter
from swiftcache.organizations.ports import Accounts, AuditLog
from swiftcache.platform.errors import InvalidRequest, NotFound


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry, and the name of the account key that acted where the organization still has it."""

    entry: AuditEntry
    key_name: str | None


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """`cursor` is opaque; None after the oldest entry."""

    recorded: list[Recorded]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class AuditService:
    accounts: Accounts
    log: AuditLog

    def page(
        self,
        caller: Caller,
        organization_id: str,
        limit: int,
        cursor: str | None,
        wanted: AuditFilter = EVERYTHING,
    ) -> RecordedPage:
        """The newest first. The operator reads that of a deleted organization too, for as long as it is kept.

        Raises NotFound for another's organization, InvalidRequest for a cursor that is not ours, and for a time that
        ends before it begins.
        """
        check_visible(caller, organization_id)
        if wanted.since and wanted.until and wanted.since >= wanted.until:
            raise InvalidRequest("until is not later than since, so nothing can be between them", "/until")
        page = self.log.page(organization_id, limit, cursor, wanted)
        membership = self.accounts.membership(organization_id)
        if membership is None and not page.entries and page.cursor is None:
            raise NotFound("there is no such organization")
        names = {key.id: key.name for key in membership.keys} if membership else {}
        recorded = [Recorded(entry, names.get(entry.actor_key_id or "")) for entry in page.entries]
        return RecordedPage(recorded, page.cursor)
