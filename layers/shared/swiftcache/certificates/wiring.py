"""What certificates are made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb, now, route53, secretsmanager, sleep
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.certificates.issuing import Issuer
    from swiftcache.certificates.keeping import CertificateKeeper
    from swiftcache.certificates.ports import CertificateAuthority, CertificateRecord


@provider
def certificate_record(injector: Injector) -> "CertificateRecord":
    from swiftcache.certificates.table import DynamoDBCertificateRecord

    return DynamoDBCertificateRecord(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def certificate_authority(injector: Injector) -> "CertificateAuthority":
    from swiftcache.certificates.acme_authority import AcmeAuthority
    from swiftcache.certificates.secrets import account_binding

    binding = injector.environment["ACME_BINDING_ARN"]
    return AcmeAuthority(
        injector.environment["ACME_DIRECTORY_URL"],
        injector.environment["ACME_CONTACT"],
        (lambda: account_binding(secretsmanager(injector), binding)) if binding else None,
    )


@provider
def issuer(injector: Injector) -> "Issuer":
    from swiftcache.certificates.dns_challenges import Route53Challenges
    from swiftcache.certificates.issuing import Issuer
    from swiftcache.certificates.model import names_of
    from swiftcache.certificates.secrets import SecretsManagerAccount
    from swiftcache.certificates.trust import trusted_roots

    others = filter(None, injector.environment["CERTIFICATE_DOMAINS"].split(","))
    return Issuer(
        names_of((injector.environment["DOMAIN_NAME"], *others)),
        certificate_authority(injector),
        SecretsManagerAccount(secretsmanager(injector), injector.environment["ACME_ACCOUNT_ARN"]),
        Route53Challenges(route53(injector), injector.environment["HOSTED_ZONE_ID"], sleep(injector)),
        trusted_roots,
        now(injector),
    )


@provider
def certificate_keeper(injector: Injector) -> "CertificateKeeper":
    from swiftcache.certificates.keeping import CertificateKeeper
    from swiftcache.certificates.secrets import SecretsManagerCertificate

    return CertificateKeeper(
        certificate_record(injector),
        SecretsManagerCertificate(secretsmanager(injector), injector.environment["CERTIFICATE_SECRET_ARN"]),
        issuer(injector) if injector.environment["ACME_DIRECTORY_URL"] else None,
        now(injector),
    )
