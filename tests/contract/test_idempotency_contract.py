"""What every store of idempotency keys does: the one in DynamoDB, and the fake that other tests use."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest

from swiftcache.api.idempotency_ports import Claim, Claims, IdempotentRequest
from swiftcache.api.idempotency_table import DynamoDBClaims
from tests.fakes.idempotency import FakeClaims
from tests.samples import NOW
from tests.tables import create_table

REQUEST = IdempotentRequest("key_1", "a" * 64, "f" * 64)
NOW_SECONDS = NOW.timestamp()
FIRST = Claim(
    request=REQUEST,
    owner="first",
    locked_until=NOW_SECONDS + 12,
    at=NOW,
    seed=(b"\x00sealed\xff",),
    expires_at=int(NOW_SECONDS) + 100,
)
SECOND = replace(FIRST, owner="second", seed=(b"another",), locked_until=NOW_SECONDS + 20)


def in_dynamodb() -> Claims:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBClaims(client, "table")


@pytest.fixture(params=[FakeClaims, in_dynamodb], ids=["memory", "dynamodb"])
def claims(request: pytest.FixtureRequest) -> Claims:
    made: Claims = request.param()
    return made


def test_the_first_claim_is_stored(claims: Claims) -> None:
    assert claims.claim(FIRST, NOW_SECONDS) == FIRST
    assert claims.find(REQUEST, NOW_SECONDS) == FIRST


def test_the_second_sees_the_first(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    assert claims.claim(SECOND, NOW_SECONDS) == FIRST
    assert claims.find(REQUEST, NOW_SECONDS) == FIRST


def test_a_claim_of_another_request_shows_that_it_is_another(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    other = replace(REQUEST, fingerprint="0" * 64)
    assert claims.claim(replace(SECOND, request=other), NOW_SECONDS).request == REQUEST
    found = claims.find(other, NOW_SECONDS)
    assert found is not None
    assert found.request == REQUEST


@pytest.mark.parametrize("different", [{"account_key_id": "key_2"}, {"key_sha256": "b" * 64}])
def test_another_key_is_another_claim(claims: Claims, different: dict[str, str]) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    other = replace(SECOND, request=replace(REQUEST, **different))
    assert claims.find(other.request, NOW_SECONDS) is None
    assert claims.claim(other, NOW_SECONDS) == other


def test_of_many_at_once_one_gets_the_key(claims: Claims) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(lambda number: claims.claim(replace(FIRST, owner=str(number)), NOW_SECONDS).owner, range(8))
        )
    assert len(set(found)) == 1


def test_what_has_expired_is_not_there(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    assert claims.find(REQUEST, FIRST.expires_at - 1) == FIRST
    assert claims.find(REQUEST, FIRST.expires_at) is None


def test_what_has_expired_is_claimed_anew(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    claims.complete(FIRST, (b"answer",))
    assert claims.claim(SECOND, FIRST.expires_at - 1).owner == "first"
    later = replace(SECOND, expires_at=FIRST.expires_at + 100)
    assert claims.claim(later, FIRST.expires_at) == later
    assert claims.find(REQUEST, FIRST.expires_at) == later


def test_an_answer_is_kept(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    assert claims.complete(FIRST, (b"one", b"two"))
    assert claims.find(REQUEST, NOW_SECONDS) == replace(FIRST, answer=(b"one", b"two"))


def test_a_claim_that_is_taken_over_keeps_its_seed(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    taken = replace(FIRST, owner="second", locked_until=NOW_SECONDS + 20)
    assert claims.take_over(FIRST, taken)
    assert claims.find(REQUEST, NOW_SECONDS) == taken


def test_of_two_who_take_over_one_does(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    assert claims.take_over(FIRST, replace(FIRST, owner="second"))
    assert not claims.take_over(FIRST, replace(FIRST, owner="third"))


def test_what_is_answered_is_not_taken_over(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    claims.complete(FIRST, (b"one",))
    assert not claims.take_over(FIRST, replace(FIRST, owner="second"))


def test_what_has_written_meanwhile_is_not_taken_over(claims: Claims) -> None:
    claims.claim(replace(FIRST, applied=1), NOW_SECONDS)
    assert not claims.take_over(FIRST, replace(FIRST, owner="second"))


def test_only_the_owner_keeps_an_answer(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    taken = replace(FIRST, owner="second")
    claims.take_over(FIRST, taken)
    assert not claims.complete(FIRST, (b"late",))
    assert claims.complete(taken, (b"one",))
    assert claims.find(REQUEST, NOW_SECONDS) == replace(taken, answer=(b"one",))


def test_a_claim_that_is_released_waits_for_nobody(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    claims.release(FIRST)
    assert claims.find(REQUEST, NOW_SECONDS) == replace(FIRST, locked_until=0)


def test_only_the_owner_releases(claims: Claims) -> None:
    claims.claim(FIRST, NOW_SECONDS)
    taken = replace(FIRST, owner="second")
    claims.take_over(FIRST, taken)
    claims.release(FIRST)
    assert claims.find(REQUEST, NOW_SECONDS) == taken
