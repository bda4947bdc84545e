"""The ports of certificates in memory. tests/contract holds the record to what the adapter does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from swiftcache.certificates.model import (
    AcmeAccount,
    Bundle,
    CertificateState,
    PendingOrder,
    RenewalCode,
    RenewalFailed,
)
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged


@dataclass
class FakeCertificateRecord:
    stored: CertificateState = field(default_factory=CertificateState)

    def state(self) -> CertificateState:
        return self.stored

    def store(self, state: CertificateState) -> CertificateState:
        if state.version != self.stored.version:
            raise RecordChanged("somebody else is at work on the certificate")
        self.stored = replace(state, version=state.version + 1)
        return self.stored


@dataclass
class FakeCertificateSecret:
    bundle: Bundle | None = None
    unreadable: bool = False
    down: bool = False

    def read(self) -> Bundle | None:
        if self.unreadable:
            raise RenewalFailed(RenewalCode.CERTIFICATE_UNREADABLE, "the certificate's secret is no JSON")
        return self.bundle

    def write(self, bundle: Bundle) -> None:
        if self.down:
            raise DependencyUnavailable("the store of secrets is busy")
        self.bundle, self.unreadable = bundle, False


@dataclass
class FakeAccountSecret:
    account: AcmeAccount | None = None

    def load(self) -> AcmeAccount | None:
        return self.account

    def store(self, account: AcmeAccount) -> None:
        self.account = account


@dataclass
class FakeChallenges:
    """`published` is what is in the zone. `seen` was in it at some time."""

    published: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    down: bool = False

    def publish(self, records: Mapping[str, tuple[str, ...]]) -> None:
        self.published.update(records)
        self.seen += records

    def remove(self, name: str) -> None:
        if self.down:
            raise DependencyUnavailable("the name service is busy")
        self.published.pop(name, None)


_BEGINS = datetime(2020, 1, 1, tzinfo=UTC)


class Root:
    """An authority's own certificate, and what it signs."""

    def __init__(self, name: str = "Test Root", ends: datetime = datetime(2100, 1, 1, tzinfo=UTC)) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            self._begun(self._name, self._key.public_key(), _BEGINS, ends - _BEGINS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_signing(), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(self, request: bytes, begins: datetime, life: timedelta) -> str:
        csr = x509.load_pem_x509_csr(request)
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        made = (
            self._begun(x509.Name([]), csr.public_key(), begins, life)
            .add_extension(names, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return made.public_bytes(Encoding.PEM).decode()

    def _begun(self, subject: x509.Name, key: Any, begins: datetime, life: timedelta) -> x509.CertificateBuilder:
        own = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + life)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        )


def _signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


class Zone(Protocol):
    """What an authority finds in the zone: the texts by their names."""

    @property
    def published(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass
class FakeOrder:
    authority: "FakeAuthority"
    number: int
    challenges: Mapping[str, tuple[str, ...]]

    @property
    def url(self) -> str:
        return f"https://acme.example.com/order/{self.number}"

    @property
    def finalize_url(self) -> str:
        return f"{self.url}/finalize"

    def prove(self) -> None:
        self.authority.reached("prove")
        if any(self.authority.zone.published.get(name) != values for name, values in self.challenges.items()):
            raise RenewalFailed(RenewalCode.CHALLENGE_FAILED, "the authority did not find the record")
        self.authority.proven.add(self.url)


@dataclass
class FakeAuthority:
    """It issues for `life` from `now` on, by `root`, and fails or dies where `at` says so, with `failure`.

    `meanwhile` happens while an account is opened.
    """

    zone: Zone
    now: Callable[[], datetime]
    root: Root = field(default_factory=Root)
    life: timedelta = timedelta(days=90)
    at: str = ""
    failure: BaseException = field(default_factory=lambda: SystemExit("it died"))
    orders: int = 0
    proven: set[str] = field(default_factory=set)
    issued: dict[str, str] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    meanwhile: Callable[[], object] = bool

    def reached(self, step: str) -> None:
        if step == self.at:
            raise self.failure

    def open(self, account_key: str) -> "FakeAuthority":
        self.reached("open")
        self.meanwhile()
        self.accounts.add(account_key)
        return self

    def order(self, request: bytes) -> FakeOrder:
        self.reached("order")
        self.orders += 1
        names = x509.load_pem_x509_csr(request).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        domains = [name.removeprefix("*.") for name in names.get_values_for_type(x509.DNSName)]
        return FakeOrder(self, self.orders, {f"_acme-challenge.{one}": (f"proof-{self.orders}",) for one in domains})

    def collect(self, order: PendingOrder, request: bytes) -> str | None:
        self.reached("finalize")
        if order.url not in self.proven:
            return None
        self.issued.setdefault(order.url, self.root.issue(request, self.now(), self.life))
        self.reached("collect")
        return self.issued[order.url]
