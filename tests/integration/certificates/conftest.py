"""The function, AWS as moto has it, and a name server."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest

from local.aws import route53
from local.dns import DnsServer
from tests.integration.certificates.renewing import DOMAIN, World
from tests.mocked_aws import mocked_aws
from tests.tables import create_table


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # The library looks once a second, and Pebble is done at once.
    monkeypatch.setattr("acme.client.time", SimpleNamespace(sleep=lambda _: time.sleep(0.01)))
    with ExitStack() as ending, mocked_aws():
        route53.extend(ending)
        create_table(boto3.client("dynamodb"), "table")
        zone = boto3.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN)["HostedZone"]["Id"]
        secrets = boto3.client("secretsmanager")
        server = DnsServer(DOMAIN, tuple, port=0, texts=lambda: route53.texts() if made.is_heard else [])
        made = World(
            tmp_path / "pebbles",
            monkeypatch,
            server.address,
            zone.rpartition("/")[2],
            secrets.create_secret(Name="certificate")["ARN"],
            secrets.create_secret(Name="account")["ARN"],
            ending,
        )
        made.folder.mkdir()
        server.start()
        ending.callback(server.stop)
        yield made
