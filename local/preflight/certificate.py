"""What the certificate's secret holds, judged as our functions, our tasks and their clients will."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from local.preflight.lines import Line, counted, fail, ok, warn

FIELDS = ("certificate", "privateKey", "authority")
"""Of the secret: PEM texts."""

_RENEW_DAYS = 30
_LAST_DAYS = 7
_RENEW = "Renew it and write the secret again (docs/deploy.md, step 2):"
_WRITE = (
    "aws secretsmanager put-secret-value --secret-id swiftcache-certificate --secret-string file://certificate.json"
)


@dataclass(frozen=True, slots=True)
class _Content:
    """The secret, read: the certificate that serves, those between it and a root, its key, and the roots."""

    leaf: x509.Certificate
    between: Sequence[x509.Certificate]
    key: PrivateKeyTypes
    roots: Sequence[x509.Certificate]


def of_secret(name: str, text: str, domain: str, now: datetime, trusted: frozenset[bytes]) -> Iterator[Line]:
    """`name` and `text` are the secret's; `trusted` are roots in DER. Nothing of the private key is told."""
    write = f"aws secretsmanager put-secret-value --secret-id {name} --secret-string file://certificate.json"
    try:
        content = _read(text)
    except ValueError as error:
        yield fail("certificate", str(error), _RENEW, write)
        return
    if domain:
        yield _name(content.leaf, f"*.redis.{domain}", write)
    yield _key(content, write)
    yield _chain(content, now, write)
    yield from _trust(content, trusted)
    yield _end(content.leaf, now, write)


def _read(text: str) -> _Content:
    """Raises ValueError, whose message has nothing of the secret."""
    try:
        fields = json.loads(text)
    except ValueError:
        raise ValueError("the secret is no JSON") from None
    if missing := [name for name in FIELDS if not isinstance(fields, dict) or not isinstance(fields.get(name), str)]:
        raise ValueError(f"the secret has no {', '.join(missing)}")
    leaf, *between = _certificates(fields, "certificate")
    try:
        key = load_pem_private_key(fields["privateKey"].encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("privateKey is no PEM of a key without a passphrase") from None
    return _Content(leaf, between, key, _certificates(fields, "authority"))


def _certificates(fields: dict[str, str], name: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(fields[name].encode())
    except ValueError:
        raise ValueError(f"{name} is no PEM of certificates") from None


def _name(leaf: x509.Certificate, wanted: str, write: str) -> Line:
    names = _names(leaf)
    if wanted in names:
        return ok("certificate's name", wanted)
    return fail("certificate's name", f"it is for {', '.join(names) or 'nobody'}, and not for {wanted}", _RENEW, write)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _key(content: _Content, write: str) -> Line:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if content.key.public_key().public_bytes(*form) == content.leaf.public_key().public_bytes(*form):
        return ok("certificate's key", "privateKey fits the certificate")
    return fail("certificate's key", "privateKey is of another certificate", _RENEW, write)


def _chain(content: _Content, now: datetime, write: str) -> Line:
    """By the rules of public authorities, which Python keeps to since 3.13: our functions run on that.

    What Python does not mind, we do not either: a name or a purpose that is marked critical.
    """
    subject = "certificate's chain"
    names = _names(content.leaf)
    if not names:
        return fail(subject, "it names no host", _RENEW, write)
    # Its end has a line of its own.
    at = min(now, content.leaf.not_valid_after_utc - timedelta(seconds=1))
    verifier = (
        PolicyBuilder()
        .store(Store(list(content.roots)))
        .time(at)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.webpki_defaults_ee()
            .require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
            .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _serves),
        )
        .build_server_verifier(x509.DNSName(names[0].replace("*", "preflight")))
    )
    try:
        chain = verifier.verify(content.leaf, list(content.between))
    except VerificationError as error:
        why = str(error).removeprefix("validation failed: ").partition(" (encountered")[0]
        last = [content.leaf, *content.between][-1].issuer.rfc4514_string()
        return fail(
            subject,
            f"it does not lead to authority: {why}",
            f"certificate must be the full chain, and authority its root. The last one's issuer is {last}",
        )
    return ok(subject, f"leads to {chain[-1].subject.rfc4514_string()}")


def _serves(_: Policy, __: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    """Raises ValueError for a certificate that is not for servers."""
    if purposes is not None and ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
        raise ValueError("it is for no server")


def _trust(content: _Content, trusted: frozenset[bytes]) -> Iterator[Line]:
    """Our functions and most clients trust what their system does."""
    if trusted and not any(root.public_bytes(Encoding.DER) in trusted for root in content.roots):
        yield warn(
            "certificate's root",
            f"{content.roots[0].subject.rfc4514_string()} is none that this machine trusts",
            "Our functions trust Lambda's public roots alone: with another no instance becomes RUNNING on AWS.",
        )


def _end(leaf: x509.Certificate, now: datetime, write: str) -> Line:
    subject, left = "certificate's end", leaf.not_valid_after_utc - now
    ends = f"{leaf.not_valid_after_utc:%Y-%m-%d}, in {counted(left.days, 'day')}"
    if leaf.not_valid_before_utc > now:
        return fail(subject, f"it begins only on {leaf.not_valid_before_utc:%Y-%m-%d}", _RENEW, write)
    if left <= timedelta(0):
        return fail(subject, f"it ended on {leaf.not_valid_after_utc:%Y-%m-%d}", _RENEW, write)
    if left.days < _LAST_DAYS:
        return fail(subject, ends, _RENEW, write)
    if left.days < _RENEW_DAYS:
        return warn(subject, ends, _RENEW, write)
    return ok(subject, ends)
