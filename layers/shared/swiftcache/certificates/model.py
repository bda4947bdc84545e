"""The certificate that new tasks get: when it is to be renewed, when a task needs it, and what became of a renewal.

A certificate is renewed when a third of its life is left: of 90 days 30, of 45 days 15. By the same rule a task that
serves an earlier one needs the new one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.instances.certificate import Certificate
from swiftcache.platform.errors import SwiftCacheError

_LAST_PART = 3
"""The last of so many parts of a life is for the renewal."""

FIRST_PAUSE = timedelta(minutes=50)
"""Before another try, less than the hour after which one is asked for. Each further one is twice as long."""

LONGEST_PAUSE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CurrentCertificate(Certificate):
    """What is in the secret, so that every task serves it that starts now.

    `not_before` is RFC 3339 in UTC; `names` are those that it is for, as `*.redis.example.com`.
    """

    not_before: str
    names: tuple[str, ...]

    @property
    def life(self) -> timedelta:
        return self.ends - datetime.fromisoformat(self.not_before)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The secret: PEM texts of the chain, of its key, and of the roots that a task trusts when it takes over."""

    certificate: str
    private_key: str = field(repr=False)
    authority: str


class RenewalCode(StrEnum):
    """Why there is no new certificate."""

    DIRECTORY_UNREACHABLE = "DIRECTORY_UNREACHABLE"
    RATE_LIMITED = "RATE_LIMITED"
    CHALLENGE_FAILED = "CHALLENGE_FAILED"
    REFUSED = "REFUSED"
    TIMED_OUT = "TIMED_OUT"
    WRONG_CERTIFICATE = "WRONG_CERTIFICATE"
    CERTIFICATE_UNREADABLE = "CERTIFICATE_UNREADABLE"


class RenewalFailed(SwiftCacheError):
    """Nothing has been changed, and trying again later is safe. The text has nothing of a key."""

    def __init__(self, code: RenewalCode, message: str) -> None:
        super().__init__(message)
        self.code = code.value


@dataclass(frozen=True, slots=True)
class RenewalFailure:
    """The last of the tries in a row that failed, the first of which was `since`. Times are RFC 3339 in UTC."""

    code: str
    message: str
    since: str
    at: str
    tries: int = 1

    def next_try(self, current: CurrentCertificate | None) -> datetime:
        """Whatever the cause: who has limits counts failures too.

        The pause takes a third of what is left of the current certificate at most, so that one which lives for days
        is tried again before its end.
        """
        at = datetime.fromisoformat(self.at)
        pause = min(FIRST_PAUSE * (1 << min(self.tries - 1, 10)), LONGEST_PAUSE)
        if current is not None:
            pause = min(pause, max(current.ends - at, timedelta()) / _LAST_PART)
        return at + pause


@dataclass(frozen=True, slots=True)
class CertificateState:
    """What is known of the certificate. `version` counts the changes of this record.

    `challenges` are the names at which a record of ours may be for the authority to find. Somebody is at work on it
    `working_until`, at most.
    """

    current: CurrentCertificate | None = None
    failure: RenewalFailure | None = None
    challenges: tuple[str, ...] = ()
    working_until: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """A certificate that has been ordered, and may have been issued: with its key it can still be fetched."""

    url: str
    finalize_url: str
    names: tuple[str, ...]
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AcmeAccount:
    """Our account with an authority, by its key (PEM), and the order that is not settled yet."""

    key: str = field(repr=False)
    order: PendingOrder | None = None


@dataclass(frozen=True, slots=True)
class AccountBinding:
    """What binds our account to one that the operator has with an authority: its id there, and a key in base64url."""

    key_id: str
    mac_key: str = field(repr=False)


def names_of(domains: tuple[str, ...]) -> tuple[str, ...]:
    """What the certificate is to name, so that it is every instance's under these domains."""
    return tuple(f"*.redis.{domain}" for domain in dict.fromkeys(domains))


def is_due(current: CurrentCertificate | None, names: tuple[str, ...], now: datetime) -> bool:
    """Whether the secret needs another one."""
    if current is None or not set(names) <= set(current.names):
        return True
    return current.ends - now <= current.life / _LAST_PART


def needs_renewal(served: Certificate | None, current: CurrentCertificate | None, now: datetime) -> bool:
    """Whether an instance that serves this needs another task, so that it serves what is current.

    Not while more is left of it than a third of the current one's life, and not for one that ends no later. What is
    served is not known in the first minute of a task.
    """
    if served is None or current is None or served.sha256_fingerprint == current.sha256_fingerprint:
        return False
    return current.ends > served.ends and served.ends - now <= current.life / _LAST_PART
