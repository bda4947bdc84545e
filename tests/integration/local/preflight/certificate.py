"""A certificate's secret that is in order, and an authority that signs."""

import json
from datetime import timedelta

import trustme

from tests.integration.local.preflight.world import NOW, World

WILDCARD = "*.redis.example.com"


def written(signer: trustme.CA, name: str = WILDCARD, days: float = 90, **fields: str) -> str:
    """The secret's text, in order but for `fields`."""
    issued = signer.issue_cert(name, not_before=NOW - timedelta(1), not_after=NOW + timedelta(days))
    content = {
        "certificate": "".join(blob.bytes().decode() for blob in issued.cert_chain_pems),
        "privateKey": issued.private_key_pem.bytes().decode(),
        "authority": signer.cert_pem.bytes().decode(),
    }
    return json.dumps({**content, **fields})


def keep(world: World, text: str, **more: str) -> str:
    """A secret that the plan names; its ARN."""
    made = world.aws("secretsmanager").create_secret(Name="swiftcache-certificate", SecretString=text, **more)
    world.given(CertificateSecretArn=made["ARN"])
    return str(made["ARN"])
