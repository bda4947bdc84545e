"""The function that renews the certificate as it is deployed, with a name server that an authority asks."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509

from functions.renew_certificate.app import handler
from swiftcache.certificates.model import CertificateState
from swiftcache.certificates.wiring import certificate_record
from swiftcache.platform.aws import clock, sleep
from swiftcache.platform.injector import Injector
from tests.fakes.injector import FakeInjector
from tests.integration.certificates.front import Front
from tests.integration.certificates.pebble import pebble

DOMAIN = "swiftcache.test"


@dataclass
class World:
    """The function as it is deployed, with an empty secret, so much `later` than now."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    dns: tuple[str, int]
    zone: str
    secret: str
    account: str
    ending: ExitStack
    later: timedelta = timedelta()
    variables: dict[str, str] = field(default_factory=dict)
    is_heard: bool = True
    """Whether the name server tells what is in the zone."""

    def start(self, front: Front | None = None, **different: Any) -> str:
        """An authority whose own TLS is trusted, and what it issues. Its root. It is asked through `front`."""
        folder = self.folder / f"pebble-{len(list(self.folder.iterdir()))}"
        started = self.ending.enter_context(pebble(folder, self.dns, **different))
        roots = folder / "roots.pem"
        roots.write_text(started.root())
        if front:
            front.behind = started
        asked = front or started
        self.monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(asked.bundle))
        self.monkeypatch.setenv("SSL_CERT_FILE", str(roots))
        self.variables["ACME_DIRECTORY_URL"] = asked.directory
        return roots.read_text()

    def run(self, **event: Any) -> dict[str, Any]:
        """A run of the function in a process of its own."""
        return handler(event, None, self.injector())

    def injector(self) -> Injector:
        injector = FakeInjector(
            {
                "TABLE_NAME": "table",
                "CERTIFICATE_SECRET_ARN": self.secret,
                "ACME_CONTACT": "",
                "ACME_BINDING_ARN": "",
                "ACME_ACCOUNT_ARN": self.account,
                "DOMAIN_NAME": DOMAIN,
                "CERTIFICATE_DOMAINS": "",
                "HOSTED_ZONE_ID": self.zone,
                **self.variables,
            }
        )
        injector.given[clock] = lambda: datetime.now(UTC) + self.later
        injector.given[sleep] = lambda seconds: None
        return injector

    def state(self) -> CertificateState:
        return certificate_record(self.injector()).state()

    def written(self) -> dict[str, str]:
        client = boto3.client("secretsmanager")
        found: dict[str, str] = json.loads(client.get_secret_value(SecretId=self.secret)["SecretString"])
        return found

    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.written()["certificate"].encode())[0]
