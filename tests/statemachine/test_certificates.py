"""A running instance: which certificate it serves is known, and another task serves what is in the secret by then."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from local.stack import DOMAIN
from swiftcache.certificates.model import CurrentCertificate, needs_renewal
from swiftcache.certificates.wiring import certificate_record
from swiftcache.instances.certificate import Certificate
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.resizes import LARGER


@pytest.fixture
def secret(cloud: Cloud) -> Iterator[dict[str, str]]:
    """What tasks are started with."""
    arn = cloud.stack.functions["RenewCertificateFunction"].environment["CERTIFICATE_SECRET_ARN"]
    client = cloud.client("secretsmanager")
    text = client.get_secret_value(SecretId=arn)["SecretString"]
    yield {"arn": arn, **json.loads(text)}
    client.put_secret_value(SecretId=arn, SecretString=text)


def renew(cloud: Cloud, secret: dict[str, str], roots: Path) -> None:
    """As an operator does, by another authority than the one before; both are trusted, in the file `roots` too."""
    authority = trustme.CA()
    issued = authority.issue_cert(f"*.redis.{DOMAIN}", not_after=datetime.now(UTC) + timedelta(days=730))
    both = authority.cert_pem.bytes().decode() + secret["authority"]
    roots.write_text(both)
    content = {
        "certificate": "".join(blob.bytes().decode() for blob in issued.cert_chain_pems),
        "privateKey": issued.private_key_pem.bytes().decode(),
        "authority": both,
    }
    cloud.client("secretsmanager").put_secret_value(SecretId=secret["arn"], SecretString=json.dumps(content))


def current(cloud: Cloud) -> CurrentCertificate:
    answer: Any = cloud.invoke(cloud.stack.functions["RenewCertificateFunction"].name, {})
    assert answer["outcome"] == "CURRENT"
    found = certificate_record(cloud.injector).state().current
    assert found
    return found


def served(cloud: Cloud, instance_id: str) -> Certificate:
    cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})
    instance = cloud.find(instance_id)
    assert instance
    assert instance.serves
    return instance.serves


def test_a_task_that_takes_over_serves_what_is_in_the_secret_by_then_and_needs_no_other(
    cloud: Cloud, secret: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    before = served(cloud, instance_id)
    assert current(cloud).sha256_fingerprint == before.sha256_fingerprint
    renew(cloud, secret, tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    new, soon = current(cloud), before.ends - timedelta(days=7)
    assert served(cloud, instance_id) == before
    assert needs_renewal(before, new, soon)
    cloud.ask_for_resize(instance_id, LARGER)
    wait_for(lambda: not cloud.changing(instance_id))
    after = served(cloud, instance_id)
    assert (after.sha256_fingerprint, after.ends) == (new.sha256_fingerprint, new.ends)
    assert not needs_renewal(after, new, soon)
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
