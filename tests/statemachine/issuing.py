"""Certificates from an authority that is not there, proven in the zone that is."""

import itertools
from dataclasses import dataclass

from local.stack import DOMAIN
from swiftcache.certificates.dns_challenges import Route53Challenges
from swiftcache.certificates.issuing import Issuer
from swiftcache.certificates.keeping import CertificateKeeper
from swiftcache.certificates.model import names_of
from swiftcache.certificates.secrets import SecretsManagerAccount, SecretsManagerCertificate
from swiftcache.certificates.wiring import certificate_record
from swiftcache.platform.aws import now, route53, secretsmanager
from tests.fakes.certificates import FakeAuthority
from tests.statemachine.cloud import Cloud

_NUMBERS = itertools.count()


@dataclass
class InZone:
    """What the authority finds."""

    cloud: Cloud

    @property
    def published(self) -> dict[str, tuple[str, ...]]:
        return self.cloud.texts()


def issued(cloud: Cloud) -> CertificateKeeper:
    """Keeps a certificate in a secret of its own, which no task has."""
    injector, number = cloud.injector, next(_NUMBERS)
    client = secretsmanager(injector)
    account, secret = (
        cloud.client("secretsmanager").create_secret(Name=f"{name}-{number}")["ARN"] for name in ("account", "issued")
    )
    [zone] = cloud.client("route53").list_hosted_zones()["HostedZones"]
    authority = FakeAuthority(InZone(cloud), now(injector))
    issuer = Issuer(
        names_of((DOMAIN,)),
        authority,
        SecretsManagerAccount(client, account),
        Route53Challenges(route53(injector), zone["Id"].rpartition("/")[2], lambda seconds: None),
        lambda: [authority.root.der],
        now(injector),
    )
    return CertificateKeeper(
        certificate_record(injector), SecretsManagerCertificate(client, secret), issuer, now(injector)
    )
