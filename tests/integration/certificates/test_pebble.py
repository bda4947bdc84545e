"""Certificates of a real authority: Pebble, which asks the local stack's name server for the proof."""

import json
from datetime import timedelta

import boto3
import pytest

from local.aws import route53
from swiftcache.certificates.model import Bundle, RenewalCode
from swiftcache.certificates.secrets import SecretsManagerCertificate
from swiftcache.platform.errors import DependencyUnavailable
from tests.integration.certificates.pebble import BINDING_ID, BINDING_KEY, NEEDS_PEBBLE
from tests.integration.certificates.renewing import DOMAIN, World

pytestmark = NEEDS_PEBBLE


def test_the_first_certificate_is_issued_for_every_instance_and_nothing_is_left_in_the_zone(world: World) -> None:
    root = world.start()
    answer = world.run()
    assert (answer["outcome"], answer["certificate"]["names"]) == ("RENEWED", [f"*.redis.{DOMAIN}"])
    assert world.written()["authority"].split() == root.split()
    assert route53.texts() == []
    current = world.state().current
    assert current
    assert current.ends == world.leaf().not_valid_after_utc


def test_it_is_renewed_when_a_third_of_its_life_is_left_and_both_roots_are_trusted_meanwhile(world: World) -> None:
    first = world.start()
    world.run()
    before = world.leaf()
    life = before.not_valid_after_utc - before.not_valid_before_utc
    world.later = life * 0.66
    assert (world.run()["outcome"], world.leaf()) == ("CURRENT", before)
    second = world.start()
    world.later = life * 0.67
    assert world.run()["outcome"] == "RENEWED"
    assert world.leaf().public_key() != before.public_key()
    assert world.written()["authority"].split() == (second + first).split()


def test_a_further_domain_has_it_renewed_at_once_and_is_named_beside_the_first(world: World) -> None:
    world.start()
    world.run()
    world.variables["CERTIFICATE_DOMAINS"] = f"next.{DOMAIN}"
    answer = world.run()
    assert answer["outcome"] == "RENEWED"
    assert answer["certificate"]["names"] == [f"*.redis.next.{DOMAIN}", f"*.redis.{DOMAIN}"]


def test_an_authority_may_want_an_account_that_the_operator_has_there(world: World) -> None:
    world.start(binding=True)
    assert world.run()["failure"]["code"] == RenewalCode.REFUSED
    bound = json.dumps({"keyId": BINDING_ID, "macKey": BINDING_KEY})
    arn = boto3.client("secretsmanager").create_secret(Name="binding", SecretString=bound)["ARN"]
    world.variables["ACME_BINDING_ARN"] = arn
    assert world.run(force=True)["outcome"] == "RENEWED"


def test_an_authority_that_is_away_is_told_and_asked_again_later(world: World) -> None:
    world.start()
    world.run()
    written, there = world.written(), world.variables["ACME_DIRECTORY_URL"]
    world.variables["ACME_DIRECTORY_URL"] = "https://127.0.0.1:1/dir"
    assert world.run(force=True)["failure"]["code"] == RenewalCode.DIRECTORY_UNREACHABLE
    assert world.written() == written
    world.variables["ACME_DIRECTORY_URL"] = there
    assert world.run(force=True)["outcome"] == "RENEWED"
    assert world.state().failure is None


def test_a_proof_that_the_authority_does_not_find_is_told_and_leaves_nothing(world: World) -> None:
    world.start()
    world.is_heard = False
    failure = world.run()["failure"]
    assert failure["code"] == RenewalCode.CHALLENGE_FAILED
    assert DOMAIN in failure["message"]
    assert route53.texts() == []
    world.is_heard = True
    assert world.run()["outcome"] == "WAITING"
    world.later = timedelta(hours=1)
    assert world.run()["outcome"] == "RENEWED"


def test_nonces_that_are_refused_do_no_harm(world: World) -> None:
    world.start(environment={"PEBBLE_WFE_NONCEREJECT": "30"})
    outcomes: list[str] = []
    while "RENEWED" not in outcomes and len(outcomes) < 20:
        outcomes.append(world.run(force=True)["outcome"])
        assert route53.texts() == []
    assert set(outcomes) <= {"FAILED", "RENEWED"}
    assert world.leaf()


def test_what_was_issued_and_could_not_be_kept_is_collected_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[Bundle] = []

    def died(_: object, bundle: Bundle) -> None:
        issued.append(bundle)
        raise DependencyUnavailable("the store of secrets is busy")

    world.start()
    with monkeypatch.context() as patch:
        patch.setattr(SecretsManagerCertificate, "write", died)
        assert world.run()["failure"]["code"] == DependencyUnavailable.code
    assert world.run(force=True)["outcome"] == "RENEWED"
    assert world.written()["certificate"] == issued[0].certificate
    assert world.run(force=True)["outcome"] == "RENEWED"
    assert world.written()["certificate"] != issued[0].certificate
