"""Who sends a request, and whether they may."""

from contextlib import suppress
from datetime import datetime, timedelta

from swiftcache.domain.errors import DependencyUnavailable, NotAllowed, NotAuthenticated
from swiftcache.domain.instance import timestamp
from swiftcache.domain.organization import Caller, Permission, least_role
from swiftcache.domain.ports import Accounts
from swiftcache.domain.secrets import sha256

USE_RECORDED_EVERY = timedelta(minutes=5)
"""How exact a key's last use is. Authentication is one read; the write that notes it comes this rarely."""


def authenticate(
    accounts: Accounts, authorization: str | None, source_ip: str, request_id: str, now: datetime
) -> Caller:
    """The caller whose account key the Authorization header bears. Raises NotAuthenticated."""
    scheme, _, key = (authorization or "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        raise NotAuthenticated("send your account key: Authorization: Bearer sk_live_…")
    found = accounts.identity(sha256(key), timestamp(now))
    if found is None:
        raise NotAuthenticated("this account key is not known; it may have been revoked or have expired")
    if found.last_used_at is None or found.last_used_at < timestamp(now - USE_RECORDED_EVERY):
        # It is a note for people; nobody is kept out for want of it.
        with suppress(DependencyUnavailable):
            accounts.record_use(sha256(key), timestamp(now))
    return Caller(found.organization_id, found.key_id, found.member_id, found.role, source_ip, request_id)


def authorize(caller: Caller, permission: Permission) -> None:
    """Raises NotAllowed if the caller's role is too low."""
    if not caller.may(permission):
        raise NotAllowed(f"this needs the role {least_role(permission)}; your account key has the role {caller.role}")
