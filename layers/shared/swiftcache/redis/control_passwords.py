"""The control user's passwords in one instance, and how one takes the place of another.

Three places have to agree: the running Redis, the secret (from which the next task starts too), and functions that
have read the secret a moment ago. No write reaches all three at once, so a new password goes through stages, and
between two of them lies more time than any function lives. Each stage gets along with the one before and the one
after: whoever is still in the one, and dies there, locks out nobody.

| stage | we say | Redis takes |
| SETTLED | old | old |
| ADDED | old | old; soon old and new |
| USED | new | old and new |
| SETTLED | new | old and new; soon new |
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.platform.tokens import new_control_password, sha256

MAX_AGE = timedelta(days=30)
"""From when on a password is replaced."""

GRACE = timedelta(minutes=10)
"""How long a stage lasts at least: longer than any function that has read the stage before lives, or any task that
was started with its ACL takes until it serves."""


NO_RESTORE = "none"


class Stage(StrEnum):
    SETTLED = "SETTLED"
    ADDED = "ADDED"
    USED = "USED"


@dataclass(frozen=True, slots=True)
class ControlPasswords:
    """`current` is what we authenticate with, `other` is valid too. `since`, in RFC 3339, is when the stage began;
    None for a first password, which was made with the instance."""

    current: str = field(repr=False)
    other: str | None = field(default=None, repr=False)
    stage: Stage = Stage.SETTLED
    since: str | None = None

    @property
    def valid(self) -> tuple[str, ...]:
        """All that Redis is to take."""
        return (self.current, self.other) if self.other else (self.current,)

    @property
    def hashes(self) -> tuple[str, ...]:
        """The same, as the ACL has them."""
        return tuple(map(sha256, self.valid))


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """What an instance's secret holds: the ACL file that its next task starts with, and our passwords.

    `restore_link` is where that task gets the backup that it begins with; NO_RESTORE if it begins with none. It is
    None, for life, where the tasks' definition does not ask for it: one that does cannot start without.
    """

    acl: str = field(repr=False)
    passwords: ControlPasswords
    restore_link: str | None = field(default=None, repr=False)


def renewed(passwords: ControlPasswords, at: datetime) -> bool:
    """Whether the new password has come to stay: once Redis has been told again, the old one opens nothing more."""
    return passwords.stage is Stage.SETTLED and GRACE <= _age(passwords, at) < MAX_AGE


def advanced(passwords: ControlPasswords, at: datetime) -> ControlPasswords:
    """The next stage, of passwords that are due to be replaced; the same ones while this stage has to last.

    Only when Redis has been made to take all of `passwords.valid`, after this stage began.
    """
    since = at.isoformat()
    current, other = passwords.current, passwords.other
    match passwords.stage:
        case Stage.SETTLED if _age(passwords, at) >= MAX_AGE:
            return ControlPasswords(current, new_control_password(), Stage.ADDED, since)
        case Stage.ADDED if other and _age(passwords, at) >= GRACE:
            return ControlPasswords(other, current, Stage.USED, since)
        case Stage.USED if _age(passwords, at) >= GRACE:
            return ControlPasswords(current, None, Stage.SETTLED, since)
    return passwords


def _age(passwords: ControlPasswords, at: datetime) -> timedelta:
    return at - datetime.fromisoformat(passwords.since) if passwords.since else timedelta.max
