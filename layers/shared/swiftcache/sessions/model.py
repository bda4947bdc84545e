"""Who is signed in, and for how long."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from swiftcache.access.identity import Role
from swiftcache.organizations.model import AccountKey, Member, Organization

LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever asks. `expires_at` is when that ends, RFC 3339 in UTC; None is never."""

    organization: Organization
    member: Member
    key_id: str
    role: Role
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class BegunSession:
    """`token` is shown once, and kept nowhere. It is good for so many `seconds`."""

    signed_in: SignedIn
    token: str = field(repr=False)
    seconds: int


def session_end(key: AccountKey, now: datetime) -> datetime:
    """When a session that begins now for this account key ends: no later than the key itself."""
    longest = now + LONGEST
    return longest if key.expires_at is None else min(longest, datetime.fromisoformat(key.expires_at))
