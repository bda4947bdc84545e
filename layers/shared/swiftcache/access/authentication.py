"""Who sends a request, and whether they may."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from swiftcache.access.credentials import Credentials
from swiftcache.access.identity import Caller, Permission, least_role
from swiftcache.platform.errors import DependencyUnavailable, NotAllowed, NotAuthenticated
from swiftcache.platform.timestamps import timestamp

if TYPE_CHECKING:
    from swiftcache.access.ports import KeyDirectory, SessionDirectory

USE_RECORDED_EVERY = timedelta(minutes=5)
"""How exact a key's last use is. Authentication is one read; the write that notes it comes this rarely."""

_KEY_REFUSED = "this account key is not known; it may have been revoked or have expired"
_SESSION_REFUSED = "this session has ended, or its account key works no more; sign in again"


def authenticate(
    accounts: "KeyDirectory",
    sessions: "SessionDirectory",
    credentials: Credentials,
    source_ip: str,
    request_id: str,
    now: datetime,
) -> Caller:
    """The caller whose account key this is, or whose session stands for it. Raises NotAuthenticated.

    Whatever is wrong with a key or a token, and if there is none, the same is done, one look-up by a hash: the time
    tells nothing. A session opens what its key opens at this moment, and nothing once that is revoked.
    """
    key, session = credentials.sha256, None
    if credentials.session_token:
        session = sessions.find(key, timestamp(now))
        if session is None:
            raise NotAuthenticated(_SESSION_REFUSED)
        key = session.account_key_sha256
    found = accounts.identity(key, timestamp(now))
    if found is None:
        raise NotAuthenticated(_refusal(credentials))
    if found.last_used_at is None or found.last_used_at < timestamp(now - USE_RECORDED_EVERY):
        # It is a note for people; nobody is kept out for want of it.
        with suppress(DependencyUnavailable):
            accounts.record_use(key, timestamp(now))
    return Caller(found.organization_id, found.key_id, found.member_id, found.role, source_ip, request_id, session)


def _refusal(credentials: Credentials) -> str:
    if credentials.session_token:
        return _SESSION_REFUSED
    return _KEY_REFUSED if credentials.account_key else credentials.missing


def authorize(caller: Caller, permission: Permission) -> None:
    """Raises NotAllowed if the caller's role is too low."""
    if not caller.may(permission):
        raise NotAllowed(f"this needs the role {least_role(permission)}; your account key has the role {caller.role}")
