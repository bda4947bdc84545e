"""One key, one answer: whoever asks, when, and whatever becomes of the first."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from swiftcache.api.idempotency import Done, Idempotency, ReplayableResponse
from swiftcache.api.idempotency_ports import KEPT_SECONDS, IdempotentRequest
from swiftcache.platform.errors import DependencyUnavailable, IdempotencyKeyReused, RequestInProgress
from swiftcache.platform.tokens import new_id, new_instance_key
from swiftcache.platform.unit_of_work import already_applied, current_work
from tests.fakes.idempotency import FakeClaims, FakeSeal
from tests.samples import NOW

REQUEST = IdempotentRequest("key_1", "a" * 64, "f" * 64)
KEY = (REQUEST.account_key_id, REQUEST.key_sha256)
SECONDS = 10.0


class Died(BaseException):
    """The function's process ends here and now."""


class World:
    """`sleep` lets the time pass, and does what happens meanwhile."""

    def __init__(self) -> None:
        self.time = NOW
        self.claims = FakeClaims()
        self.seal = FakeSeal()
        self.meanwhile: Callable[[], object] = lambda: None
        self.service = Idempotency(self.claims, self.seal, self.now, self.sleep)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.meanwhile()

    def ask(
        self, do: Callable[[], Done], request: IdempotentRequest = REQUEST, seconds: float = SECONDS
    ) -> ReplayableResponse:
        return self.service.answer(request, seconds, do)


@pytest.fixture
def world() -> World:
    return World()


def answers(content: bytes, final: bool = True) -> Callable[[], Done]:
    return lambda: Done(content, final)


def never() -> Done:
    raise AssertionError("the work is done already")


def dies() -> Done:
    raise Died


def test_the_first_request_is_worked_on(world: World) -> None:
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)


def test_a_repetition_gets_the_same_answer_without_work(world: World) -> None:
    world.ask(answers(b"one"))
    assert world.ask(never) == ReplayableResponse(b"one", replayed=True)


def test_a_key_with_another_request_is_refused(world: World) -> None:
    world.ask(answers(b"one"))
    with pytest.raises(IdempotencyKeyReused):
        world.ask(never, replace(REQUEST, fingerprint="0" * 64))


def test_a_key_with_another_request_is_refused_while_the_first_is_at_work(world: World) -> None:
    def work() -> Done:
        with pytest.raises(IdempotencyKeyReused):
            world.ask(never, replace(REQUEST, fingerprint="0" * 64))
        return Done(b"one", True)

    assert world.ask(work).content == b"one"


@pytest.mark.parametrize("different", [{"account_key_id": "key_2"}, {"key_sha256": "b" * 64}])
def test_another_key_and_another_account_key_have_nothing_to_do_with_it(
    world: World, different: dict[str, str]
) -> None:
    world.ask(answers(b"one"))
    assert world.ask(answers(b"two"), replace(REQUEST, **different)) == ReplayableResponse(b"two", replayed=False)


def test_an_answer_is_forgotten_after_24_hours(world: World) -> None:
    world.ask(answers(b"one"))
    world.time += timedelta(seconds=KEPT_SECONDS - 1)
    assert world.ask(never).replayed
    world.time += timedelta(seconds=1)
    assert world.ask(answers(b"two")) == ReplayableResponse(b"two", replayed=False)


def test_an_answer_that_is_not_final_is_not_kept(world: World) -> None:
    assert world.ask(answers(b"busy", final=False)).content == b"busy"
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)


def test_after_an_error_the_next_request_works_at_once(world: World) -> None:
    def fails() -> Done:
        raise DependencyUnavailable("busy")

    with pytest.raises(DependencyUnavailable):
        world.ask(fails)
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)
    assert world.time == NOW


def test_others_wait_for_the_answer_of_the_first(world: World) -> None:
    with ThreadPoolExecutor(1) as first:
        at_work, go_on = threading.Event(), threading.Event()

        def work() -> Done:
            at_work.set()
            go_on.wait(5)
            return Done(b"one", True)

        answer = first.submit(world.ask, work)
        assert at_work.wait(5)

        def meanwhile() -> None:
            go_on.set()
            answer.result()

        world.meanwhile = meanwhile
        assert world.ask(never) == ReplayableResponse(b"one", replayed=True)


def test_twenty_at_once_work_once(world: World) -> None:
    worked: list[str] = []
    together = threading.Barrier(20)

    def work() -> Done:
        worked.append(new_instance_key())
        return Done(worked[-1].encode(), True)

    def ask(_: int) -> bytes:
        together.wait(5)
        return service.answer(REQUEST, SECONDS, work).content

    service = replace(world.service, sleep=lambda _: time.sleep(0.001))
    with ThreadPoolExecutor(20) as threads:
        found = set(threads.map(ask, range(20)))
    assert found == {worked[0].encode()}
    assert len(worked) == 1


def test_who_cannot_wait_any_longer_is_told_when_to_come_back(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies)
    with pytest.raises(RequestInProgress) as refused:
        world.ask(never)
    assert (world.time - NOW).total_seconds() <= SECONDS - 2
    world.time += timedelta(seconds=refused.value.retry_after)
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)


def test_the_lock_does_not_run_out_before_its_owner_has_ended(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies)
    assert world.claims.stored[KEY].locked_until > (NOW + timedelta(seconds=SECONDS)).timestamp()


def test_a_lock_is_no_longer_than_any_work_though_the_function_may_be(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies, seconds=30)
    assert world.ask(answers(b"one"), seconds=30) == ReplayableResponse(b"one", replayed=False)
    assert 10 < (world.time - NOW).total_seconds() < 13


def test_one_who_takes_over_locks_for_as_long_as_the_first(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies, seconds=30)
    with pytest.raises(Died):
        world.ask(dies, seconds=30)
    assert world.claims.stored[KEY].locked_until == pytest.approx(world.time.timestamp() + 12)


def test_one_who_waits_goes_on_for_one_that_died(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies)
    world.time += timedelta(seconds=SECONDS - 1)
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)


def test_another_try_makes_the_same_ids_and_keys(world: World) -> None:
    made: list[tuple[str, str, str]] = []

    def works_and_dies() -> Done:
        made.append((new_id("inst"), new_id("key"), new_instance_key()))
        raise Died

    for _ in range(2):
        with pytest.raises(Died):
            world.ask(works_and_dies)
        world.time += timedelta(minutes=1)
    assert made[0] == made[1]


def test_an_error_does_not_change_the_ids_and_keys(world: World) -> None:
    made: list[str] = []

    def work() -> Done:
        made.append(new_instance_key())
        return Done(b"", len(made) > 1)

    world.ask(work)
    world.ask(work)
    assert made[0] == made[1]


def test_other_requests_make_other_ids_and_keys(world: World) -> None:
    def work() -> Done:
        return Done(f"{new_id('inst')} {new_id('inst')} {new_instance_key()}".encode(), True)

    given = [world.ask(work, replace(REQUEST, key_sha256=f"{number}")).content.split() for number in range(5)]
    assert len({made for answer in given for made in answer}) == 15


def test_a_try_after_a_write_goes_on_in_the_time_of_the_write(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies)
    world.claims.stored[KEY] = replace(world.claims.stored[KEY], applied=1)
    world.time += timedelta(hours=1)
    seen: list[tuple[datetime, bool]] = []

    def work() -> Done:
        ours = current_work()
        assert ours
        seen.append((ours.at, already_applied()))
        return Done(b"one", True)

    world.ask(work)
    assert seen == [(NOW, True)]


def test_a_try_after_nothing_was_written_has_its_own_time(world: World) -> None:
    with pytest.raises(Died):
        world.ask(dies)
    world.time += timedelta(hours=1)

    def work() -> Done:
        ours = current_work()
        assert ours
        return Done(ours.at.isoformat().encode(), True)

    assert world.ask(work).content == world.time.isoformat().encode()


def test_nothing_outside_belongs_to_the_work(world: World) -> None:
    world.ask(answers(b"one"))
    assert current_work() is None
    assert not already_applied()


def test_an_answer_that_cannot_be_kept_is_not_given(world: World) -> None:
    def work() -> Done:
        world.seal.available = False
        return Done(b"one", True)

    with pytest.raises(DependencyUnavailable):
        world.ask(work)
    world.seal.available = True
    assert world.ask(answers(b"one")) == ReplayableResponse(b"one", replayed=False)


def test_who_has_lost_its_claim_gives_no_answer(world: World) -> None:
    def slow() -> Done:
        world.time += timedelta(minutes=1)
        assert world.ask(answers(b"the other's")).content == b"the other's"
        return Done(b"mine", True)

    with pytest.raises(DependencyUnavailable):
        world.ask(slow)
    assert world.ask(never).content == b"the other's"


def test_nothing_is_worked_on_that_could_not_be_kept(world: World) -> None:
    world.seal.available = False
    with pytest.raises(DependencyUnavailable):
        world.ask(never)
    assert world.claims.stored == {}
