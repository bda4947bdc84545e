"""What renewing the certificate needs of the world."""

from collections.abc import Mapping
from typing import Protocol

from swiftcache.certificates.model import AcmeAccount, Bundle, CertificateState, PendingOrder


class CertificateRecord(Protocol):
    """What is known of the certificate, for who may not read its key."""

    def state(self) -> CertificateState:
        """A strongly consistent read. An empty one before anything was stored. Raises DependencyUnavailable."""

    def store(self, state: CertificateState) -> CertificateState:
        """Puts it in the place of the one of its version, and answers it with its new one.

        Raises RecordChanged if another is stored, DependencyUnavailable.
        """


class CertificateSecret(Protocol):
    """What tasks are started with."""

    def read(self) -> Bundle | None:
        """None if there is nothing in it yet. Raises RenewalFailed for what is no bundle, DependencyUnavailable."""

    def write(self, bundle: Bundle) -> None:
        """Every task gets it that starts from now on. Raises DependencyUnavailable."""


class AccountSecret(Protocol):
    """Our account with the authority."""

    def load(self) -> AcmeAccount | None:
        """Raises DependencyUnavailable."""

    def store(self, account: AcmeAccount) -> None:
        """Raises DependencyUnavailable."""


class Challenges(Protocol):
    """The records by which the authority sees whose the domain is."""

    def publish(self, records: Mapping[str, tuple[str, ...]]) -> None:
        """Makes a TXT record of each name, in the place of what is there. Returns when all name servers answer it.

        Raises DependencyUnavailable.
        """

    def remove(self, name: str) -> None:
        """Does nothing if there is none. Raises DependencyUnavailable."""


class Order(Protocol):
    """A certificate that is being ordered."""

    @property
    def url(self) -> str: ...

    @property
    def finalize_url(self) -> str: ...

    @property
    def challenges(self) -> Mapping[str, tuple[str, ...]]:
        """What is to be published: the values by the names of the records. Empty if nothing is to be shown."""

    def prove(self) -> None:
        """All is published: the authority looks. Returns when it has seen all. Raises RenewalFailed."""


class OpenAccount(Protocol):
    """An account with the authority, in which certificates can be ordered."""

    def order(self, request: bytes) -> Order:
        """`request` is the CSR as PEM. Raises RenewalFailed."""

    def collect(self, order: PendingOrder, request: bytes) -> str | None:
        """Has the certificate issued, if it is not yet, and answers its chain as PEM.

        None if nothing comes of this order any more. May run again. Raises RenewalFailed.
        """


class CertificateAuthority(Protocol):
    def open(self, account_key: str) -> OpenAccount:
        """The account of this key (PEM), made if there is none. Raises RenewalFailed."""
