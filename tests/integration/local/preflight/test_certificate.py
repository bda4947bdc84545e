"""The certificate's secret and what is in it, as preflight finds them."""

import json

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from local.preflight.secret import certificate, key, secret
from tests.integration.local.preflight.certificate import keep, written
from tests.integration.local.preflight.world import World

RENEW = [
    "                           Renew it and write the secret again (docs/deploy.md, step 2):",
    "    $ aws secretsmanager put-secret-value --secret-id swiftcache-certificate \\",
    "        --secret-string file://certificate.json",
]


def judged(world: World, text: str) -> dict[str, str]:
    """The rows by what they look at; rows that go on belong to the one above."""
    keep(world, text)
    found: dict[str, str] = {}
    subject = ""
    for row in world.look(certificate).splitlines():
        if not row.startswith(" "):
            subject = row[6:].partition("  ")[0]
        found[subject] = f"{found[subject]}\n{row}" if subject in found else row
    return found


def test_a_secret_that_is_in_order_has_a_line_for_each_thing(world: World, authority: trustme.CA) -> None:
    keep(world, written(authority))
    issuer = load_pem_x509_certificate(authority.cert_pem.bytes()).subject.rfc4514_string()
    assert world.look(secret) == "OK    certificate's secret  swiftcache-certificate is there"
    assert world.look(key) == "OK    secret's key  aws/secretsmanager, so CertificateKeyArn is empty"
    assert world.look(certificate).splitlines() == [
        "OK    certificate's name   *.redis.example.com",
        "OK    certificate's key    privateKey fits the certificate",
        f"OK    certificate's chain  leads to {issuer}",
        "OK    certificate's end    2026-08-30, in 90 days",
    ]


@pytest.mark.parametrize("text", ["{}", None], ids=["nothing in it", "never written"])
def test_a_secret_that_is_empty_is_in_order_where_an_authority_issues(world: World, text: str | None) -> None:
    secrets = world.aws("secretsmanager")
    made = secrets.create_secret(Name="swiftcache-certificate", **({"SecretString": text} if text else {}))
    world.given(CertificateSecretArn=made["ARN"], AcmeDirectoryUrl="https://acme.example.com/dir")
    assert world.look(certificate).splitlines() == [
        "WARN  certificate  there is none yet: it is issued after the deployment",
        "                   Until then no instance becomes RUNNING (docs/deploy.md, step 2).",
    ]
    world.given(AcmeDirectoryUrl="")
    assert world.look(certificate).startswith("FAIL  certificate  the secret")


def test_nothing_that_is_told_has_a_line_of_the_private_key(world: World, authority: trustme.CA) -> None:
    text = written(authority, days=-1)
    rows = "\n".join(judged(world, text).values())
    assert not any(part in rows for part in json.loads(text)["privateKey"].splitlines()[1:-1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no JSON", "the secret is no JSON"),
        ("[]", "the secret has no certificate, privateKey, authority"),
        ('{"certificate": "", "authority": ""}', "the secret has no privateKey"),
        ('{"certificate": "x", "privateKey": "x", "authority": "x"}', "certificate is no PEM of certificates"),
    ],
)
def test_a_secret_of_another_form_fails(world: World, text: str, found: str) -> None:
    assert judged(world, text)["certificate"].splitlines() == [
        f"FAIL  certificate  {found}",
        "                   Renew it and write the secret again (docs/deploy.md, step 2):",
        *RENEW[1:],
    ]


def test_a_private_key_that_is_none_fails(world: World, authority: trustme.CA) -> None:
    row = judged(world, written(authority, privateKey="x"))["certificate"].splitlines()[0]
    assert row == "FAIL  certificate  privateKey is no PEM of a key without a passphrase"


def test_a_certificate_for_another_name_fails(world: World, authority: trustme.CA) -> None:
    rows = judged(world, written(authority, "*.example.com"))["certificate's name"].splitlines()
    assert rows[0] == "FAIL  certificate's name   it is for *.example.com, and not for *.redis.example.com"


def test_a_key_of_another_certificate_fails(world: World, authority: trustme.CA) -> None:
    other = json.loads(written(authority))["privateKey"]
    rows = judged(world, written(authority, privateKey=other))["certificate's key"].splitlines()
    assert rows == ["FAIL  certificate's key    privateKey is of another certificate", *RENEW]


def test_a_chain_that_does_not_lead_to_the_authority_fails_and_says_where_it_leads(
    world: World, authority: trustme.CA
) -> None:
    other = trustme.CA(organization_name="Other").cert_pem.bytes().decode()
    rows = judged(world, written(authority, authority=other))["certificate's chain"]
    issuer = load_pem_x509_certificate(authority.cert_pem.bytes()).subject.rfc4514_string()
    assert rows.splitlines()[0] == (
        "FAIL  certificate's chain  it does not lead to authority: candidates exhausted: all candidates"
    )
    assert "certificate must be the full chain, and authority its root." in " ".join(rows.split())
    assert issuer in " ".join(rows.split())


def test_a_chain_without_what_is_between_fails(world: World, authority: trustme.CA) -> None:
    text = json.loads(written(authority.create_child_ca()))
    end = "-----END CERTIFICATE-----\n"
    text["certificate"] = text["certificate"].partition(end)[0] + end
    text["authority"] = authority.cert_pem.bytes().decode()
    assert judged(world, json.dumps(text))["certificate's chain"].startswith("FAIL  certificate's chain")


@pytest.mark.parametrize(
    ("days", "row"),
    [
        (30, "OK    certificate's end    2026-07-01, in 30 days"),
        (29, "WARN  certificate's end    2026-06-30, in 29 days"),
        (7, "WARN  certificate's end    2026-06-08, in 7 days"),
        (6, "FAIL  certificate's end    2026-06-07, in 6 days"),
        (-0.5, "FAIL  certificate's end    it ended on 2026-06-01"),
    ],
)
def test_how_long_the_certificate_is_still_good_decides(
    world: World, authority: trustme.CA, days: float, row: str
) -> None:
    found = judged(world, written(authority, days=days))
    assert found["certificate's end"].splitlines() == [row, *([] if row.startswith("OK") else RENEW)]
    assert found["certificate's chain"].startswith("OK")


def test_a_root_that_this_machine_does_not_trust_warns(world: World, authority: trustme.CA) -> None:
    root = load_pem_x509_certificate(authority.cert_pem.bytes())
    world.planned(trusted=frozenset({b"another"}))
    rows = " ".join(judged(world, written(authority))["certificate's root"].split())
    assert rows == (
        f"WARN certificate's root {root.subject.rfc4514_string()} is none that this machine trusts Our functions trust "
        "Lambda's public roots alone: with another no instance becomes RUNNING on AWS."
    )
    world.planned(trusted=frozenset({root.public_bytes(Encoding.DER)}))
    assert "certificate's root" not in world.look(certificate)
