"""AWS's quotas: token buckets on any clock, and what is refused beyond them."""

import json

import pytest

from local.aws.quotas import QUOTAS, Quota, Refusal, TokenBucket
from local.aws.throttling import Throttle, body


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_bucket_is_full_at_first_and_gives_no_more_than_it_holds(clock: Clock) -> None:
    bucket = TokenBucket(3, 1, clock.now)
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]


def test_it_fills_with_time_and_never_beyond_its_size(clock: Clock) -> None:
    bucket = TokenBucket(2, 4, clock.now)
    while bucket.take():
        pass
    clock.seconds += 0.25
    assert [bucket.take(), bucket.take()] == [True, False]
    clock.seconds += 60
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_who_waits_as_long_as_a_token_takes_gets_one_however_the_clock_rounds(clock: Clock) -> None:
    bucket = TokenBucket(1, 3, clock.now)
    for _ in range(1000):
        assert bucket.take()
        clock.seconds += 1 / 3


def test_tokens_that_are_reserved_come_one_after_the_other(clock: Clock) -> None:
    bucket = TokenBucket(2, 10, clock.now)
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0.1, 0.2])
    clock.seconds += 0.2
    assert bucket.reserve() == pytest.approx(0.1)


def small(name: str, *operations: str, burst: float = 1) -> Quota:
    return Quota(name, "ecs", frozenset(operations), burst, 1, Refusal(f"{name}Exception", "no"), "a test")


def test_operations_of_one_category_share_a_bucket_and_others_do_not(clock: Clock) -> None:
    throttle = Throttle(clock.now, (small("Changes", "Register", "Deregister"), small("Reads", "List")))
    assert throttle.request("ecs", "Register") is None
    assert throttle.request("ecs", "Deregister") == Refusal("ChangesException", "no")
    assert throttle.request("ecs", "List") is None
    assert throttle.request("ec2", "Register") is None
    assert throttle.calls == {"Changes": 2, "Reads": 1}
    assert throttle.refused == {"Changes": 1}


def test_a_request_that_one_quota_refuses_takes_nothing_of_another(clock: Clock) -> None:
    throttle = Throttle(clock.now, (small("Wide", "Run", burst=2), small("Narrow", "Run")))
    assert throttle.request("ecs", "Run") is None
    assert throttle.request("ecs", "Run") == Refusal("NarrowException", "no")
    clock.seconds += 1
    assert throttle.request("ecs", "Run") is None
    assert throttle.refused == {"Narrow": 1}


def test_route53_allows_five_requests_a_second_whatever_they_are(clock: Clock) -> None:
    throttle = Throttle(clock.now)
    refusals = [throttle.request("route53", "") for _ in range(6)]
    assert refusals == [None] * 5 + [Refusal("Throttling", "Rate exceeded", 400)]


def test_twenty_task_definitions_at_once_and_then_one_a_second(clock: Clock) -> None:
    throttle = Throttle(clock.now)
    operations = ["RegisterTaskDefinition", "DeregisterTaskDefinition"] * 10
    assert [throttle.request("ecs", operation) for operation in operations] == [None] * 20
    assert throttle.request("ecs", "RegisterTaskDefinition") == Refusal("ThrottlingException", "Rate exceeded")
    clock.seconds += 1
    assert throttle.request("ecs", "RegisterTaskDefinition") is None


@pytest.mark.parametrize("quota", QUOTAS, ids=lambda quota: quota.name)
def test_each_quota_says_where_it_is_from(quota: Quota) -> None:
    assert quota.burst >= 1
    assert quota.rate > 0
    assert "docs.aws.amazon.com" in quota.source or "our estimate" in quota.source


def test_the_names_of_quotas_are_unique() -> None:
    assert len({quota.name for quota in QUOTAS}) == len(QUOTAS)


def test_a_refusal_is_json_or_the_xml_of_its_service() -> None:
    refusal = Refusal("Throttling", "a < b")
    assert json.loads(body("ecs", refusal)[1]) == {"__type": "Throttling", "message": "a < b"}
    kind, text = body("route53", refusal)
    assert kind == "text/xml"
    assert b"<Code>Throttling</Code><Message>a &lt; b</Message>" in text
    assert b"<Errors><Error><Code>Throttling</Code>" in body("ec2", refusal)[1]
