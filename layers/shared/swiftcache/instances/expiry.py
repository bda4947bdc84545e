"""When an instance deletes itself, for those that are made for a while: a CI run, a preview."""

import re
from datetime import UTC, datetime, timedelta

from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.timestamps import timestamp

LONGEST = timedelta(days=366)

PATTERN = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$"
"""RFC 3339 with its zone."""

_POINTER = "/expiresAt"


def expiry(text: str, now: datetime) -> str:
    """The time in UTC to the millisecond. Raises InvalidRequest unless it is one of the next 366 days."""
    at = _parsed(text)
    if not now < at <= now + LONGEST:
        raise InvalidRequest(f"expiresAt must be in the future, and at most {LONGEST.days} days from now", _POINTER)
    return timestamp(at)


def check_unprotected(deletion_protection: bool, expires_at: str | None) -> None:
    """Raises InvalidRequest: what expires is deleted, and what is protected is not."""
    if deletion_protection and expires_at is not None:
        raise InvalidRequest("an instance has either deletionProtection or expiresAt; give up one of them", _POINTER)


def _parsed(text: str) -> datetime:
    if re.fullmatch(PATTERN, text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise InvalidRequest("expiresAt is a time with its zone as RFC 3339 has it: 2030-01-31T12:00:00Z", _POINTER)
