"""Who sends a request, and whether they may."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from swiftcache.access.identity import Caller, Permission, least_role
from swiftcache.platform.errors import DependencyUnavailable, NotAllowed, NotAuthenticated
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256

if TYPE_CHECKING:
    from swiftcache.access.ports import KeyDirectory

USE_RECORDED_EVERY = timedelta(minutes=5)
"""How exact a key's last use is. Authentication is one read; the write that notes it comes this rarely."""

_MISSING = "send your account key: Authorization: Bearer sk_live_…"
_REFUSED = "this account key is not known; it may have been revoked or have expired"


def key_sha256(authorization: str | None) -> str:
    """The hash of the account key that the Authorization header bears; of nothing if it bears none."""
    return sha256(_key_in(authorization))


def authenticate(
    accounts: "KeyDirectory", authorization: str | None, source_ip: str, request_id: str, now: datetime
) -> Caller:
    """The caller whose account key the Authorization header bears. Raises NotAuthenticated.

    Whatever is wrong with a key, and if there is none, the same is done, one look-up by a hash: the time tells nothing.
    """
    key = key_sha256(authorization)
    found = accounts.identity(key, timestamp(now))
    if found is None:
        raise NotAuthenticated(_REFUSED if _key_in(authorization) else _MISSING)
    if found.last_used_at is None or found.last_used_at < timestamp(now - USE_RECORDED_EVERY):
        # It is a note for people; nobody is kept out for want of it.
        with suppress(DependencyUnavailable):
            accounts.record_use(key, timestamp(now))
    return Caller(found.organization_id, found.key_id, found.member_id, found.role, source_ip, request_id)


def _key_in(authorization: str | None) -> str:
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def authorize(caller: Caller, permission: Permission) -> None:
    """Raises NotAllowed if the caller's role is too low."""
    if not caller.may(permission):
        raise NotAllowed(f"this needs the role {least_role(permission)}; your account key has the role {caller.role}")
