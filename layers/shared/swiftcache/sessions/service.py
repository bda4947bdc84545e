"""Signing in with an account key, and out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.identity import Caller, Session
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.memberships import read_membership
from swiftcache.organizations.model import AccountKey
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.errors import NotAuthenticated, NotFound
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_session_token, sha256
from swiftcache.sessions.model import BegunSession, SignedIn, session_end
from swiftcache.sessions.ports import Sessions


@dataclass(frozen=True, slots=True)
class SessionService:
    """`now` gives the time with its zone."""

    sessions: Sessions
    accounts: Accounts
    now: Callable[[], datetime]

    def begin(self, caller: Caller) -> BegunSession:
        """A session that stands for the caller's account key. Raises NotAuthenticated if that has just been revoked."""
        membership, key = self._key_of(caller)
        now = self.now()
        ends = session_end(key, now)
        session = Session(key.sha256, timestamp(ends))
        token = new_session_token()
        self.sessions.begin(sha256(token), session)
        return BegunSession(
            _signed_in(caller, membership, session.expires_at), token, int((ends - now).total_seconds())
        )

    def current(self, caller: Caller) -> SignedIn:
        """Who asks, by a session or by the account key itself. Raises NotAuthenticated as `begin` does."""
        membership, key = self._key_of(caller)
        return _signed_in(caller, membership, caller.session.expires_at if caller.session else key.expires_at)

    def end(self, token: str) -> None:
        """The session with this token opens nothing from now on, whether it did before or not."""
        self.sessions.end(sha256(token))

    def _key_of(self, caller: Caller) -> tuple[Membership, AccountKey]:
        try:
            membership = read_membership(self.accounts, caller, caller.organization_id)
            return membership, membership.key(caller.key_id)
        except NotFound as error:
            raise NotAuthenticated("this account key has just been revoked") from error


def _signed_in(caller: Caller, membership: Membership, expires_at: str | None) -> SignedIn:
    member = membership.member(caller.member_id)
    return SignedIn(membership.organization, member, caller.key_id, caller.role, expires_at)
