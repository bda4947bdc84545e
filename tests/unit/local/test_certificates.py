"""The certificates of a stack: they verify, and they survive a restart."""

import json
import ssl
from pathlib import Path

from local.certificates import Certificates, load_or_create

WILDCARD = "*.redis.swiftcache.test"


def verified_name(certificates: Certificates, folder: Path, name: str) -> bool:
    """Shakes hands in memory, as a client that trusts the authority does."""
    pair = folder / "pair.pem"
    pair.write_text(certificates.chain + certificates.private_key)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(pair)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_context = ssl.create_default_context(cafile=str(certificates.ca_file))
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.version() is not None


def test_an_instance_verifies_with_the_authority(tmp_path: Path) -> None:
    assert verified_name(load_or_create(tmp_path, WILDCARD), tmp_path, "abc.redis.swiftcache.test")


def test_another_host_does_not_verify(tmp_path: Path) -> None:
    assert not verified_name(load_or_create(tmp_path, WILDCARD), tmp_path, "abc.example.test")


def test_the_certificates_are_kept(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, WILDCARD)
    authority = first.ca_file.read_bytes()

    assert load_or_create(tmp_path, WILDCARD) == first
    assert first.ca_file.read_bytes() == authority


def test_another_domain_gets_another_certificate(tmp_path: Path) -> None:
    first = load_or_create(tmp_path, WILDCARD)

    assert load_or_create(tmp_path, "*.redis.example.test").chain != first.chain


def test_the_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    load_or_create(tmp_path, WILDCARD)

    assert (tmp_path / "redis.key").stat().st_mode & 0o777 == 0o600


def test_the_secret_has_the_template_s_fields(tmp_path: Path) -> None:
    certificates = load_or_create(tmp_path, WILDCARD)

    assert json.loads(certificates.secret()) == {
        "certificate": certificates.chain,
        "privateKey": certificates.private_key,
        "authority": certificates.ca_file.read_text(),
    }
