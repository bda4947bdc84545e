"""The template's parameter DomainName gets another value, while the service runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from local.certificates import Certificates
from swiftcache.platform.items import instance_key
from swiftcache.platform.tokens import new_id
from tests.statemachine.cloud import DOMAIN, Cloud

NEW_DOMAIN = f"new.{DOMAIN}"
"""In the same zone, as it must be."""


def name_of(instance_id: str, domain: str) -> str:
    return f"{instance_id.removeprefix('inst_')}.redis.{domain}"


@contextmanager
def renamed(cloud: Cloud) -> Iterator[None]:
    """First the certificate, then the parameter: what depends on its value is deployed anew."""
    with pytest.MonkeyPatch.context() as patch, certified(cloud, patch):
        patch.setenv("DOMAIN_NAME", NEW_DOMAIN)
        cloud.injector.forget()
        _define(cloud, DOMAIN, NEW_DOMAIN)
        try:
            yield
        finally:
            _define(cloud, NEW_DOMAIN, DOMAIN)
    cloud.injector.forget()


@contextmanager
def certified(cloud: Cloud, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A certificate for both domains, of another authority. The tasks that run keep theirs."""
    authority = trustme.CA()
    names = [f"*.redis.{domain}" for domain in (DOMAIN, NEW_DOMAIN)]
    issued = authority.issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=1))
    # What is trusted is remembered by the file's name.
    both = cloud.home / f"{new_id('trusted')}.pem"
    both.write_bytes(cloud.ca_file.read_bytes() + authority.cert_pem.bytes())
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    certificates = Certificates(both, chain.decode(), issued.private_key_pem.bytes().decode())
    secrets = cloud.client("secretsmanager")
    before = secrets.get_secret_value(SecretId="certificate")["SecretString"]
    secrets.put_secret_value(SecretId="certificate", SecretString=certificates.secret())
    patch.setenv("SSL_CERT_FILE", str(both))
    patch.setattr(cloud, "ca_file", both)
    yield
    secrets.put_secret_value(SecretId="certificate", SecretString=before)


def _define(cloud: Cloud, before: str, after: str) -> None:
    """The machines whose definition has the domain's name in it."""
    client = cloud.client("stepfunctions")
    for machine in client.list_state_machines()["stateMachines"]:
        arn = machine["stateMachineArn"]
        definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
        changed = definition.replace(f".redis.{before}", f".redis.{after}")
        if changed != definition:
            client.update_state_machine(stateMachineArn=arn, definition=changed)


def records(cloud: Cloud, instance_id: str) -> list[str]:
    """The names of its records in the zone."""
    found: list[str] = cloud.left(instance_id).get("records", [])
    return found


def make_older(cloud: Cloud, instance_id: str) -> None:
    """Makes its record what it was before names were kept."""
    cloud.client("dynamodb").update_item(
        TableName=cloud.stack.outputs["TableName"],
        Key=instance_key(cloud.caller.organization_id, instance_id),
        UpdateExpression="REMOVE dnsName",
        ConditionExpression="attribute_exists(dnsName)",
    )
