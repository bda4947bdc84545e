"""A request with a key on the real adapters: it dies at each of its calls to AWS, and the next one repairs it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.platform.tokens import sha256
from tests.api_world import INSTANCE, ORGANIZATION, Answer
from tests.integration.mortal_api import LATER, World, moments, started
from tests.samples import AT, an_entry, an_instance

FIRST = ["GetItem", "Encrypt", "PutItem", "UpdateItem", "TransactWriteItems", "UpdateItem", "Encrypt", "UpdateItem"]
"""Whose key this is; the seed, the claim; the reservation, the work, its settlement; the answer."""

AFTER_A_WRITE = ["GetItem", "Encrypt", "PutItem", "UpdateItem", "Decrypt", "UpdateItem", "Encrypt", "UpdateItem"]
"""The claim is taken over, the seed opened, and the work is not done again, but settled."""

DELETION = [call for call in FIRST if call != "UpdateItem"] + ["UpdateItem"]
"""One that has nothing to reserve."""

REPLAY = ["GetItem", "Encrypt", "PutItem", "Decrypt"]
WRITE = FIRST.index("TransactWriteItems")


@pytest.fixture
def world() -> Iterator[World]:
    with started() as world:
        yield world


def check_created_once(world: World, answer: Answer) -> None:
    assert answer.status == 201, answer.text
    [instance] = world.instances()
    shown = answer.body["createdDefaultKey"]
    assert answer.body["instance"]["id"] == instance.id
    assert [(key.id, key.sha256) for key in instance.keys] == [(shown["id"], sha256(shown["plainTextKey"]))]
    assert (answer.body["instance"]["createdAt"], shown["createdAt"]) == (instance.created_at,) * 2
    assert world.started() == {instance.id}
    assert world.left() == 1
    assert world.audit().count("instance.created") == 1


def test_a_creation_makes_no_more_calls_than_it_needs(world: World) -> None:
    world.create()
    assert world.calls == FIRST
    world.create()
    assert world.calls == REPLAY


def test_a_creation_that_goes_on_makes_no_more_calls_than_it_needs(world: World) -> None:
    world.dies(world.create, WRITE, "after-call")
    world.time += LATER
    world.create()
    assert world.calls == AFTER_A_WRITE


@pytest.mark.parametrize(("number", "when"), moments(FIRST))
def test_a_creation_that_dies_is_done_once_by_the_next(world: World, number: int, when: str) -> None:
    world.dies(world.create, number, when)
    world.time += LATER
    answer = world.create()
    check_created_once(world, answer)
    assert world.create().text == answer.text


@pytest.mark.parametrize(("number", "when"), moments(AFTER_A_WRITE))
def test_a_creation_that_dies_twice_is_done_once_by_the_third(world: World, number: int, when: str) -> None:
    world.dies(world.create, WRITE, "after-call")
    world.time += LATER
    world.dies(world.create, number, when)
    world.time += LATER
    check_created_once(world, world.create())


@pytest.mark.parametrize(("number", "when"), moments(DELETION))
def test_a_deletion_that_dies_is_done_once_by_the_next(world: World, number: int, when: str) -> None:
    instances(world.injector).create(an_instance(id=INSTANCE, organization_id=ORGANIZATION), an_entry())
    world.dies(world.delete, number, when)
    world.time += LATER
    answer = world.delete()
    assert (answer.status, answer.body["instance"]) == (202, {"id": INSTANCE, "status": "DELETING"})
    assert [instance.status for instance in world.instances()] == [Status.DELETING]
    assert world.audit().count("instance.deletion_requested") == 1
    assert world.delete().text == answer.text


def test_a_deletion_that_died_is_answered_when_the_instance_is_gone(world: World) -> None:
    instances(world.injector).create(an_instance(id=INSTANCE, organization_id=ORGANIZATION), an_entry())
    world.dies(world.delete, DELETION.index("TransactWriteItems"), "after-call")
    instances(world.injector).remove(ORGANIZATION, INSTANCE, RemovedResources(), AT)
    world.time += LATER
    assert world.delete().status == 202


def test_what_another_changed_meanwhile_is_not_changed_back(world: World) -> None:
    world.dies(world.create, WRITE, "after-call")
    [instance] = world.instances()
    instances(world.injector).force_deleting(ORGANIZATION, instance.id, an_entry())
    world.time += LATER
    assert world.create().status == 201
    assert [instance.status for instance in world.instances()] == [Status.DELETING]


def test_one_that_was_given_up_writes_nothing_any_more(world: World) -> None:
    """The first hangs before its write for so long that another takes its place and finishes."""
    answers: list[Answer] = []

    def hang(number: int, when: str) -> None:
        if (number, when) == (WRITE, "before-call"):
            world.interruption = lambda number, when: None
            world.time += LATER
            answers.append(world.create())

    world.interruption = hang
    late = world.create()
    assert (late.status, late.headers["retry-after"]) == (503, "2")
    check_created_once(world, answers[0])
    assert world.create().text == answers[0].text


def test_a_lost_reply_is_not_a_second_instance(world: World) -> None:
    """The write was done, but its answer never came: the request is a 503, and the next one knows."""

    def lose(number: int, when: str) -> None:
        if (number, when) == (WRITE, "after-call"):
            world.interruption = lambda number, when: None
            raise ReadTimeoutError(endpoint_url="dynamodb")

    world.interruption = lose
    assert world.create().status == 503
    check_created_once(world, world.create())


def test_the_table_holds_no_plain_key_and_no_plain_answer(world: World) -> None:
    answer = world.create()
    text = json.dumps(world.items(), default=repr)
    claims = [item for item in world.items() if item["PK"]["S"].startswith("IDEMPOTENCY#")]
    assert len(claims) == 1
    assert claims[0]["answer"]["L"]
    assert sha256(answer.body["createdDefaultKey"]["plainTextKey"]) in text
    for secret in (answer.body["createdDefaultKey"]["plainTextKey"], "sc_live_", "plainTextKey", "once"):
        assert secret not in text


def test_what_is_kept_is_removed_by_dynamodb_a_day_later(world: World) -> None:
    world.create()
    [claim] = [item for item in world.items() if item["PK"]["S"].startswith("IDEMPOTENCY#")]
    assert int(claim["ttl"]["N"]) == int(world.time.timestamp()) + 24 * 3600


def test_a_key_is_free_again_after_a_day_though_its_item_is_still_there(world: World) -> None:
    first = world.create()
    world.time += timedelta(hours=24, seconds=1)
    assert world.create().body["instance"]["id"] != first.body["instance"]["id"]


def test_an_answer_of_many_pieces_is_replayed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swiftcache.api.kms_seal.PIECE_BYTES", 100)
    first, second = world.create(), world.create()
    assert world.calls.count("Decrypt") > 5
    assert second.text == first.text
