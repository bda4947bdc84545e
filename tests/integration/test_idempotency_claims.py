"""A creation with a key that takes over a member of the warm pool: chance chose it, and the next try knows which."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from swiftcache.instances.items import instance_item
from swiftcache.instances.ports import Target
from swiftcache.instances.sizes import SIZES, largest_memory
from swiftcache.platform.tokens import sha256
from swiftcache.pool.model import POOL
from swiftcache.pool.wiring import ready_members
from tests.api_world import Answer
from tests.fakes.pool import a_member
from tests.integration.mortal_api import LATER, World, moments, started

FIRST = ["GetItem", "Encrypt", "PutItem", "Query", "TransactWriteItems", "Encrypt", "UpdateItem"]
"""Whose key this is; the seed, the claim; the members that are ready; the work; the answer."""

AFTER_A_WRITE = ["GetItem", "Encrypt", "PutItem", "UpdateItem", "Decrypt", "Encrypt", "UpdateItem"]
"""The claim is taken over, the seed opened: which member it was is in the claim."""

WRITE = FIRST.index("TransactWriteItems")
MEMBERS = {f"inst_m{number}" for number in range(5)}


@pytest.fixture
def world() -> Iterator[World]:
    with started() as world:
        world.environment["WARM_POOL"] = "1024=5"
        for id_ in MEMBERS:
            member = a_member(id=id_, max_memory=largest_memory(SIZES[1]))
            world.clients["dynamodb"].put_item(TableName="table", Item=instance_item(member))
        yield world


def waiting(world: World) -> set[str]:
    return {item["id"]["S"] for item in world.items() if item["PK"]["S"] == f"ORG#{POOL}"}


def check_claimed_once(world: World, answer: Answer) -> None:
    assert answer.status == 201, answer.text
    [instance] = world.instances()
    shown = answer.body["createdDefaultKey"]
    assert answer.body["instance"]["id"] == instance.id
    assert instance.id in MEMBERS
    assert waiting(world) == MEMBERS - {instance.id}
    assert [(key.id, key.sha256) for key in instance.keys] == [(shown["id"], sha256(shown["plainTextKey"]))]
    assert (answer.body["instance"]["createdAt"], shown["createdAt"]) == (instance.created_at,) * 2
    assert world.left() == 1
    assert world.audit().count("instance.created") == 1
    assert world.workflows.started
    for kind, target, member in world.workflows.started:
        assert isinstance(target, Target)
        assert (kind, target.instance_id, member) == ("provision", instance.id, instance.endpoint)


def test_a_claim_makes_no_more_calls_than_it_needs(world: World) -> None:
    answer = world.create()
    assert world.calls == FIRST
    check_claimed_once(world, answer)


def test_a_claim_that_goes_on_makes_no_more_calls_than_it_needs(world: World) -> None:
    world.dies(world.create, WRITE, "after-call")
    world.time += LATER
    answer = world.create()
    assert world.calls == AFTER_A_WRITE
    check_claimed_once(world, answer)


@pytest.mark.parametrize(("number", "when"), moments(FIRST))
def test_a_claim_that_dies_is_done_once_by_the_next(world: World, number: int, when: str) -> None:
    world.dies(world.create, number, when)
    world.time += LATER
    answer = world.create()
    check_claimed_once(world, answer)
    assert world.create().text == answer.text


@pytest.mark.parametrize(("number", "when"), moments(AFTER_A_WRITE))
def test_a_claim_that_dies_twice_is_done_once_by_the_third(world: World, number: int, when: str) -> None:
    world.dies(world.create, WRITE, "after-call")
    world.time += LATER
    world.dies(world.create, number, when)
    world.time += LATER
    check_claimed_once(world, world.create())


def test_a_lost_reply_is_not_a_second_member(world: World) -> None:
    def lose(number: int, when: str) -> None:
        if (number, when) == (WRITE, "after-call"):
            world.interruption = lambda number, when: None
            raise ReadTimeoutError(endpoint_url="dynamodb")

    world.interruption = lose
    assert world.create().status == 503
    check_claimed_once(world, world.create())


def test_who_loses_the_first_member_answers_the_second_again(world: World) -> None:
    """Another takes the member that was chosen, between the look and the transaction."""
    chosen: list[str] = []
    choose = ready_members(world.injector).take_over

    def be_late(member: Any, instance: Any, audit: Any) -> None:
        if not chosen:
            key = {"PK": {"S": f"ORG#{POOL}"}, "SK": {"S": f"INSTANCE#{member.id}"}}
            world.clients["dynamodb"].delete_item(TableName="table", Key=key)
        chosen.append(member.id)
        choose(member, instance, audit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ready_members(world.injector), "take_over", be_late)
        first = world.create()
    assert first.status == 201
    assert first.body["instance"]["id"] == chosen[1] != chosen[0]
    assert world.create().text == first.text


def test_one_that_was_given_up_takes_no_member(world: World) -> None:
    """The first hangs before its write for so long that another takes its place and finishes."""
    answers: list[Answer] = []

    def hang(number: int, when: str) -> None:
        if (number, when) == (WRITE, "before-call"):
            world.interruption = lambda number, when: None
            world.time += LATER
            answers.append(world.create())

    world.interruption = hang
    assert world.create().status == 503
    check_claimed_once(world, answers[0])
    assert world.create().text == answers[0].text


def test_what_is_noted_is_no_secret(world: World) -> None:
    plain_key = world.create().body["createdDefaultKey"]["plainTextKey"]
    [claim] = [item for item in world.items() if item["PK"]["S"].startswith("IDEMPOTENCY#")]
    [instance] = world.instances()
    assert instance.endpoint
    assert instance.endpoint.task in claim["note"]["S"]
    assert plain_key not in str(claim)
