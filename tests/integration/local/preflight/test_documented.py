"""The table that the guide shows is what preflight prints in such an account."""

import json
import re
from datetime import timedelta

import trustme

from local.preflight.checks import CHECKS
from local.preflight.lines import Line
from local.preflight.stack import stack
from local.preflight.table import table
from tests.infrastructure.expansions import ROOT
from tests.integration.local.preflight.world import NOW, World

LOOKED_AT = ("parameters", "certificate", "Lambda's concurrency", "Fargate's vCPUs")
LEFT_OUT = ("certificate's key", "certificate's chain")


def an_account(world: World) -> None:
    """A new one, with an id as Route 53 tells it and a certificate that soon ends."""
    authority = trustme.CA()
    issued = authority.issue_cert("*.redis.example.com", not_after=NOW + timedelta(days=21))
    fields = {
        "certificate": issued.cert_chain_pems[0].bytes().decode(),
        "privateKey": issued.private_key_pem.bytes().decode(),
        "authority": authority.cert_pem.bytes().decode(),
    }
    secret = world.aws("secretsmanager").create_secret(Name="swiftcache-certificate", SecretString=json.dumps(fields))
    world.given(HostedZoneId="/hostedzone/Z0123456789ABCDEFGHIJ", CertificateSecretArn=secret["ARN"])
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    world.stubbed("lambda").add_response("get_account_settings", {"AccountLimit": limit})
    world.stubbed("service-quotas").add_response("get_service_quota", {"Quota": {"Value": 6}})


def looked(world: World) -> list[Line]:
    found = [line for check in CHECKS if check.subject in LOOKED_AT for line in check.lines(world, world.plan)]
    return [*stack(None, "swiftcache"), *(line for line in found if line.subject not in LEFT_OUT)]


def test_the_guide_shows_what_is_printed(world: World) -> None:
    an_account(world)
    page = (ROOT / "docs" / "deploy.md").read_text()
    [block] = re.findall(r"```console\n *\$ make preflight .*?```", page, re.DOTALL)
    shown = [row.removeprefix("   ") for row in block.splitlines()[2:-1]]
    assert shown == table(looked(world)).splitlines()[:-2]
