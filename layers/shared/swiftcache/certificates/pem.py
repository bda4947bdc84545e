"""Certificates and keys as PEM texts. What of them is in the library is imported by who renews alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from swiftcache.certificates.model import Bundle, CurrentCertificate, RenewalCode, RenewalFailed
from swiftcache.platform.timestamps import timestamp


def new_private_key() -> str:
    """On the curve P-256: a handshake with one costs a fraction of RSA's, and every client takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def private_key_of(pem: str) -> ec.EllipticCurvePrivateKey:
    """One that `new_private_key` has made."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def request_of(private_key: str, names: Iterable[str]) -> bytes:
    """The CSR for a certificate with these names, as PEM."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
    )
    return builder.sign(private_key_of(private_key), hashes.SHA256()).public_bytes(Encoding.PEM)


def described(bundle: Bundle) -> CurrentCertificate:
    """What tasks serve that get it. Raises RenewalFailed."""
    try:
        leaf = x509.load_pem_x509_certificates(bundle.certificate.encode())[0]
    except ValueError:
        raise RenewalFailed(
            RenewalCode.CERTIFICATE_UNREADABLE, "certificate, in the certificate's secret, is no PEM of certificates"
        ) from None
    return CurrentCertificate(
        not_after=timestamp(leaf.not_valid_after_utc, "seconds"),
        sha256_fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        not_before=timestamp(leaf.not_valid_before_utc, "seconds"),
        names=tuple(sorted(_names(leaf))),
    )


def completed(
    chain: str, private_key: str, names: Sequence[str], roots: Iterable[bytes], before: Bundle | None, now: datetime
) -> Bundle:
    """What was issued as the secret is to be, if it is as it must be: for these names, of this key, trusted now.

    `roots` are those that we trust, in DER. What was trusted `before` stays so until it ends: a task that takes over
    verifies the one that was started under it. Raises RenewalFailed.
    """
    try:
        leaf, *between = x509.load_pem_x509_certificates(chain.encode())
    except ValueError:
        raise _wrong("is no PEM of certificates") from None
    if missing := sorted(set(names) - set(_names(leaf))):
        raise _wrong(f"does not name {', '.join(missing)}")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*form) != private_key_of(private_key).public_key().public_bytes(*form):
        raise _wrong("is of another key")
    trusted = [x509.load_der_x509_certificate(root) for root in roots]
    if not trusted:
        raise _wrong("leads to no root that our functions trust: they trust none")
    try:
        for name in names:
            host = x509.DNSName(name.replace("*", "any"))
            root = PolicyBuilder().store(Store(trusted)).time(now).build_server_verifier(host).verify(leaf, between)[-1]
    except VerificationError as error:
        raise _wrong(f"does not lead to a root that our functions trust ({error})") from None
    earlier = _roots(before) if before else []
    kept = [one for one in earlier if one.not_valid_after_utc > now and one != root]
    authority = "".join(one.public_bytes(Encoding.PEM).decode() for one in (root, *kept))
    return Bundle(chain, private_key, authority)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _roots(bundle: Bundle) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(bundle.authority.encode())
    except ValueError:
        return []  # nobody has taken over with it


def _wrong(what: str) -> RenewalFailed:
    return RenewalFailed(RenewalCode.WRONG_CERTIFICATE, f"what the authority has issued {what}")
