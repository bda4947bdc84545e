"""Waiting for a status: when it ends, how often it looks, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from swiftcache.access.rate_limiter import Rates
from swiftcache.access.rate_limits import WAIT_LIMIT
from swiftcache.instances.failure import Failure
from swiftcache.instances.long_poll import FIRST_LOOK_SECONDS, LOOK_SECONDS, LongPoll, WaitResult, WaitTarget
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, NotFound, RateLimited
from tests.fakes.clock import FakeClock
from tests.fakes.instances import FakeInstances, FakeReceipts
from tests.fakes.organizations import FakeAccounts
from tests.fakes.rate_counters import FakeCounts
from tests.samples import AT, NOW, ORGANIZATION, a_caller, an_account, an_entry, an_instance

ENDPOINT = Endpoint("203.0.113.10", 6379)
FAILURE = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-1")


@dataclass
class Watched(FakeInstances):
    """Counts looks and reads. `stale` is what looks still see, `hangs` how many of the next looks fail."""

    looks: int = 0
    reads: int = 0
    hangs: int = 0
    stale: list[Status | None] = field(default_factory=list)

    def status(self, organization_id: str, instance_id: str) -> Status | None:
        self.looks += 1
        if self.hangs:
            self.hangs -= 1
            raise DependencyUnavailable("busy")
        if self.stale:
            return self.stale.pop(0)
        instance = self.stored.get((organization_id, instance_id))
        return instance.status if instance else None

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        self.reads += 1
        return super().get(organization_id, instance_id)


class Wait:
    def __init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.watched = Watched(accounts, self.instances.stored)
        self.clock = FakeClock()
        self.counts = FakeCounts()
        self.later = timedelta(0)
        self.service = LongPoll(
            self.instances,
            self.watched,
            FakeReceipts(self.instances),
            Rates(lambda: self.counts),
            lambda: NOW + self.later,
            self.clock.now,
            self.clock.sleep,
        )
        self.instances.create(an_instance(), an_entry())

    def __call__(self, wanted: WaitTarget = WaitTarget.RUNNING, seconds: float = 25) -> WaitResult:
        return self.service.wait(a_caller(), "inst_a1", wanted, seconds)

    def run(self) -> None:
        self.instances.mark_running(ORGANIZATION, "inst_a1", "a1.redis.example.com", ENDPOINT, "later")

    def fail(self) -> None:
        self.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, "later")

    def delete(self) -> None:
        self.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())

    def remove(self) -> None:
        self.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)


@pytest.fixture
def wait() -> Wait:
    return Wait()


def test_a_wait_answers_at_the_next_look_after_the_change(wait: Wait) -> None:
    wait.clock.then = {7.03: wait.run}
    seen = wait()
    assert (seen.instance.status, seen.gone) == (Status.RUNNING, False)
    assert wait.clock.seconds - 7.03 < LOOK_SECONDS


def test_a_wait_looks_cheaply_and_reads_the_instance_once_at_the_end(wait: Wait) -> None:
    wait.clock.then = {5.0: wait.run}
    assert wait().instance.hostname == "a1.redis.example.com"
    assert (wait.watched.looks, wait.watched.reads) == (36, 1)


@pytest.mark.parametrize("change", [0.03, 0.11, 0.35, 0.77])
def test_what_comes_soon_is_answered_after_a_quarter_more_at_most(wait: Wait, change: float) -> None:
    wait.clock.then = {change: wait.run}
    wait()
    assert change <= wait.clock.seconds <= max(change * 1.25, change + FIRST_LOOK_SECONDS)


def test_a_long_wait_pays_few_looks_for_the_first_seconds(wait: Wait) -> None:
    wait(seconds=25)
    assert wait.watched.looks == 136
    assert wait.watched.looks - 25 / LOOK_SECONDS < 12


def test_what_is_there_already_is_answered_without_a_look(wait: Wait) -> None:
    wait.run()
    wait()
    assert (wait.clock.seconds, wait.watched.looks, wait.watched.reads) == (0.0, 0, 0)


def test_so_many_of_an_organizations_requests_may_begin_to_wait_and_no_more(wait: Wait) -> None:
    for _ in range(WAIT_LIMIT):
        wait(seconds=0.1)
    with pytest.raises(RateLimited, match="more than 200 requests with waitFor from your organization"):
        wait()
    assert wait.counts.asked == WAIT_LIMIT + 1, "each process has one at a time, so each is counted for all"


def test_what_needs_no_wait_is_not_counted_as_one(wait: Wait) -> None:
    wait(seconds=0)
    wait.run()
    wait()
    assert wait.counts.asked == 0


@pytest.mark.parametrize("end", [Wait.fail, Wait.delete])
def test_a_wait_ends_where_running_cannot_be_reached_any_more(wait: Wait, end: Callable[[Wait], None]) -> None:
    wait.clock.then = {1.0: lambda: end(wait)}
    assert wait().instance.status in (Status.ERROR, Status.DELETING)
    assert wait.clock.seconds < 1.3


def test_a_wait_answers_with_what_is_when_the_time_is_over(wait: Wait) -> None:
    assert wait(seconds=3).instance.status is Status.PROVISIONING
    assert wait.clock.seconds == pytest.approx(3.0)
    assert wait.watched.reads == 1


@pytest.mark.parametrize("seconds", [0.0, -2.0])
def test_a_wait_of_no_time_does_not_wait(wait: Wait, seconds: float) -> None:
    assert wait(seconds=seconds).instance.status is Status.PROVISIONING
    assert (wait.clock.seconds, wait.watched.looks, wait.watched.reads) == (0.0, 0, 0)


def test_a_deletion_is_answered_with_the_last_that_was_seen(wait: Wait) -> None:
    wait.run()
    wait.clock.then = {2.0: wait.delete, 9.0: wait.remove}
    seen = wait(WaitTarget.DELETED)
    assert (seen.gone, seen.instance.hostname) == (True, "a1.redis.example.com")
    assert wait.clock.seconds < 9.3


def test_what_was_deleted_before_is_told_from_its_receipt(wait: Wait) -> None:
    wait.delete()
    wait.remove()
    seen = wait(WaitTarget.DELETED)
    assert (seen.gone, seen.instance.name) == (True, "my-redis")


def test_what_has_no_receipt_any_more_is_not_there(wait: Wait) -> None:
    wait.delete()
    wait.remove()
    wait.later = timedelta(hours=25)
    with pytest.raises(NotFound):
        wait(WaitTarget.DELETED)


def test_what_goes_while_it_should_come_to_run_is_not_there(wait: Wait) -> None:
    wait.clock.then = {1.05: wait.delete, 1.06: wait.remove}
    with pytest.raises(NotFound):
        wait()


def test_what_was_gone_before_it_should_come_to_run_is_not_there(wait: Wait) -> None:
    wait.delete()
    wait.remove()
    with pytest.raises(NotFound):
        wait()


def test_a_look_that_fails_is_made_again(wait: Wait) -> None:
    wait.clock.then = {1.0: wait.run}
    wait.watched.hangs = 3
    assert wait().instance.status is Status.RUNNING


@pytest.mark.parametrize("before", [None, Status.RUNNING])
def test_a_look_at_what_was_before_does_not_make_the_answer(wait: Wait, before: Status | None) -> None:
    wait.watched.stale = [before]
    assert wait(WaitTarget.DELETED, seconds=1).instance.status is Status.PROVISIONING
    assert wait.clock.seconds == pytest.approx(1.0)


def test_another_organizations_instance_is_not_there(wait: Wait) -> None:
    with pytest.raises(NotFound):
        wait.service.wait(a_caller(organization_id="org_2"), "inst_a1", WaitTarget.RUNNING, 25)


def test_the_time_that_a_slow_read_took_is_not_waited_again(wait: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
    read = wait.instances.get

    def slow(organization_id: str, instance_id: str) -> Instance | None:
        wait.clock.seconds += 7
        return read(organization_id, instance_id)

    monkeypatch.setattr(wait.instances, "get", slow)
    wait(seconds=10)
    assert wait.clock.seconds == pytest.approx(10.0)
