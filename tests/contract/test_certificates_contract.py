"""What everything around the certificate does: the adapters, and the fakes that other tests use."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from local.aws import route53
from swiftcache.certificates.dns_challenges import Route53Challenges
from swiftcache.certificates.model import (
    AccountBinding,
    AcmeAccount,
    Bundle,
    CertificateState,
    CurrentCertificate,
    PendingOrder,
    RenewalCode,
    RenewalFailed,
    RenewalFailure,
)
from swiftcache.certificates.ports import AccountSecret, CertificateRecord, CertificateSecret, Challenges
from swiftcache.certificates.secrets import SecretsManagerAccount, SecretsManagerCertificate, account_binding
from swiftcache.certificates.table import DynamoDBCertificateRecord
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged
from tests.fakes.certificates import (
    FakeAccountSecret,
    FakeCertificateRecord,
    FakeCertificateSecret,
    FakeChallenges,
)
from tests.samples import AT
from tests.tables import create_table

NAME = "_acme-challenge.redis.example.com"
CURRENT = CurrentCertificate("2026-04-02T03:04:05Z", "5e" * 32, AT, ("*.redis.example.com", "*.redis.example.org"))
STATE = CertificateState(CURRENT, RenewalFailure("REFUSED", "no", AT, AT, 2), (NAME,), AT)
BUNDLE = Bundle("chain", "key", "root")
ORDER = PendingOrder("https://acme/order/1", "https://acme/order/1/finalize", CURRENT.names, "key")


@dataclass
class World:
    record: CertificateRecord
    secret: CertificateSecret
    account: AccountSecret
    challenges: Challenges
    published: Callable[[], dict[str, tuple[str, ...]]]


def in_memory(_: ExitStack) -> World:
    zone = FakeChallenges()
    return World(FakeCertificateRecord(), FakeCertificateSecret(), FakeAccountSecret(), zone, lambda: zone.published)


def in_aws(ending: ExitStack) -> World:
    route53.extend(ending)
    table, secrets = boto3.client("dynamodb", "eu-central-1"), boto3.client("secretsmanager", "eu-central-1")
    names = boto3.client("route53")
    create_table(table, "table")
    zone = names.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    return World(
        DynamoDBCertificateRecord(table, "table"),
        SecretsManagerCertificate(secrets, secrets.create_secret(Name="certificate")["ARN"]),
        SecretsManagerAccount(secrets, secrets.create_secret(Name="account")["ARN"]),
        Route53Challenges(names, zone, lambda seconds: None),
        lambda: {text.name: text.values for text in route53.texts()},
    )


@pytest.fixture(params=[in_memory, in_aws], ids=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> Any:
    with ExitStack() as ending:
        yield request.param(ending)


def test_at_first_nothing_is_known_of_the_certificate(world: World) -> None:
    assert world.record.state() == CertificateState()


def test_what_is_known_is_kept_as_it_is(world: World) -> None:
    kept = world.record.store(STATE)
    assert kept == replace(STATE, version=1)
    assert world.record.state() == kept
    less = world.record.store(replace(kept, failure=None, challenges=(), working_until=None))
    assert world.record.state() == less == CertificateState(CURRENT, version=2)


@pytest.mark.parametrize("version", [0, 2])
def test_what_was_stored_meanwhile_is_not_overwritten(world: World, version: int) -> None:
    kept = world.record.store(STATE)
    with pytest.raises(RecordChanged):
        world.record.store(CertificateState(version=version))
    assert world.record.state() == kept


def test_a_secret_is_empty_until_it_is_written(world: World) -> None:
    assert world.secret.read() is None
    world.secret.write(BUNDLE)
    assert world.secret.read() == BUNDLE


@pytest.mark.parametrize("order", [None, ORDER], ids=["without an order", "with an order"])
def test_an_account_is_kept_with_its_order(world: World, order: PendingOrder | None) -> None:
    assert world.account.load() is None
    world.account.store(AcmeAccount("key", order))
    assert world.account.load() == AcmeAccount("key", order)


def test_challenges_are_published_in_the_place_of_what_was_there_and_removed(world: World) -> None:
    world.challenges.publish({NAME: ("first",)})
    world.challenges.publish({NAME: ("second", "third"), "_acme-challenge.redis.next.example.com": ("fourth",)})
    assert world.published()[NAME] == ("second", "third")
    for _ in range(2):
        world.challenges.remove(NAME)
    assert world.published() == {"_acme-challenge.redis.next.example.com": ("fourth",)}


def secret(text: str) -> tuple[Any, str]:
    client = boto3.client("secretsmanager", "eu-central-1")
    return client, client.create_secret(Name="one", SecretString=text)["ARN"]


def test_an_object_with_nothing_in_it_is_an_empty_secret() -> None:
    assert SecretsManagerCertificate(*secret("{}")).read() is None


@pytest.mark.parametrize("text", ["-----BEGIN", '{"certificate": "chain"}', '["certificate"]'])
def test_what_is_no_bundle_is_told_without_what_it_is(text: str) -> None:
    with pytest.raises(RenewalFailed) as caught:
        SecretsManagerCertificate(*secret(text)).read()
    assert caught.value.code == RenewalCode.CERTIFICATE_UNREADABLE
    assert text not in str(caught.value)


def test_a_binding_is_read_from_its_secret() -> None:
    assert account_binding(*secret('{"keyId": "kid-1", "macKey": "abc"}')) == AccountBinding("kid-1", "abc")


@pytest.mark.parametrize("text", ["", "no JSON", '{"keyId": "kid-1"}'])
def test_a_binding_that_is_none_is_told(text: str) -> None:
    with pytest.raises(RenewalFailed, match="keyId and macKey"):
        account_binding(*secret(text or "{}"))


@dataclass
class Busy:
    """A name service that others keep busy, so many times."""

    times: int
    asked: int = 0

    def list_resource_record_sets(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        if self.asked <= self.times:
            raise boto3.client("route53").exceptions.PriorRequestNotComplete(
                {"Error": {"Code": "PriorRequestNotComplete", "Message": ""}}, "ListResourceRecordSets"
            )
        return {"ResourceRecordSets": []}


def test_a_name_service_that_is_busy_is_asked_again_with_pauses() -> None:
    paused: list[float] = []
    busy: Any = Busy(times=3)
    Route53Challenges(busy, "Z1", paused.append).remove(NAME)
    assert paused == [5.0, 5.0, 5.0]
    for_ever: Any = Busy(times=1000)
    with pytest.raises(DependencyUnavailable):
        Route53Challenges(for_ever, "Z1", paused.append).remove(NAME)
