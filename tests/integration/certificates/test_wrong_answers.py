"""An authority that answers otherwise than it should: it is told, changes nothing, and the next try is as good."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import route53
from swiftcache.certificates.model import RenewalCode
from tests.integration.certificates.front import RATE_LIMITED, Front, Reply, Trouble, another_s_certificate, front, says
from tests.integration.certificates.pebble import NEEDS_PEBBLE
from tests.integration.certificates.renewing import DOMAIN, World

pytestmark = NEEDS_PEBBLE

DIRECTORY, NONCE, ACCOUNT, ORDERS = "/dir", "/nonce-plz", "/sign-me-up", "/order-plz"
PROOFS, CHALLENGES, ORDER, FINALIZE, CERTIFICATE = "/authZ/", "/chalZ/", "/my-order/", "/finalize-order/", "/certZ/"

HTML = says(200, "<html>sorry</html>", "text/html")
BUSY = says(503, "<html>busy</html>", "text/html")


def with_members(**different: Any) -> Trouble:
    """What was asked for, with other members; without those that are None."""

    def trouble(ask: Any) -> Reply:
        reply: Reply = ask()
        members = {**json.loads(reply.body), **different}
        there = {name: value for name, value in members.items() if value is not None}
        return Reply(reply.status, json.dumps(there).encode(), reply.headers)

    return trouble


def without_headers(*names: str) -> Trouble:
    def trouble(ask: Any) -> Reply:
        reply: Reply = ask()
        return Reply(reply.status, reply.body, {k: v for k, v in reply.headers.items() if k.lower() not in names})

    return trouble


@pytest.fixture
def made(world: World, tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path / "front") as made:
        world.start(made)
        assert world.run()["outcome"] == "RENEWED"
        yield made


@pytest.mark.parametrize(
    ("path", "trouble", "code"),
    [
        (DIRECTORY, says(200, "{}"), RenewalCode.REFUSED),
        (DIRECTORY, says(200, "[]"), RenewalCode.REFUSED),
        (DIRECTORY, HTML, RenewalCode.REFUSED),
        (NONCE, BUSY, RenewalCode.REFUSED),
        (ACCOUNT, says(200, "null"), RenewalCode.REFUSED),
        (ACCOUNT, says(429, '{"type": 5, "detail": []}', "application/problem+json"), RenewalCode.REFUSED),
        (ORDERS, HTML, RenewalCode.REFUSED),
        (ORDERS, RATE_LIMITED, RenewalCode.RATE_LIMITED),
        (ORDERS, without_headers("location"), RenewalCode.REFUSED),
        (ORDERS, without_headers("replay-nonce"), RenewalCode.REFUSED),
        (ORDERS, with_members(authorizations=None), RenewalCode.REFUSED),
        (PROOFS, with_members(challenges=None), RenewalCode.REFUSED),
        (PROOFS, with_members(challenges=[{"type": "tls-alpn-01"}]), RenewalCode.REFUSED),
        (PROOFS, with_members(identifier=None), RenewalCode.REFUSED),
        (CHALLENGES, RATE_LIMITED, RenewalCode.RATE_LIMITED),
        (FINALIZE, RATE_LIMITED, RenewalCode.RATE_LIMITED),
        (ORDER, says(200, "7"), RenewalCode.REFUSED),
        (ORDER, with_members(status="invalid"), RenewalCode.REFUSED),
        (CERTIFICATE, BUSY, RenewalCode.REFUSED),
        (CERTIFICATE, HTML, RenewalCode.WRONG_CERTIFICATE),
        (CERTIFICATE, another_s_certificate(DOMAIN), RenewalCode.WRONG_CERTIFICATE),
    ],
)
def test_a_wrong_answer_is_told_changes_nothing_and_the_next_try_succeeds(
    world: World, made: Front, path: str, trouble: Trouble, code: RenewalCode
) -> None:
    before = world.written()
    made.troubles = {path: trouble}
    answer = world.run(force=True)
    assert made.met != []
    assert (answer["outcome"], answer["failure"]["code"]) == ("FAILED", code)
    assert (world.written(), route53.texts(), world.state().working_until) == (before, [], None)
    made.troubles = {}
    assert world.run(force=True)["outcome"] == "RENEWED"
    assert world.written()["certificate"] != before["certificate"]


def test_an_authority_that_closes_every_connection_is_told_and_asked_again(world: World, made: Front) -> None:
    before, made.behind, away = world.written(), None, made.behind
    answer = world.run(force=True)
    assert answer["failure"]["code"] == RenewalCode.DIRECTORY_UNREACHABLE
    assert world.written() == before
    made.behind = away
    assert world.run(force=True)["outcome"] == "RENEWED"
