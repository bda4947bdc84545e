"""What a pass concludes of a Redis that does not answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.platform.errors import ControlPasswordRefused, RedisBusy, RedisSilent, RedisUnreachable
from swiftcache.recovery.looks import looks_of
from swiftcache.recovery.service import TaskWatch
from swiftcache.recovery.silence import FEW, MOST_RECOVERIES, Answer, Concluded, Look, SilenceWatch, all_well
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeFleet
from tests.fakes.organizations import FakeAccounts
from tests.fakes.recovery import FakeRecoveries, FakeRecoveryWorkflow
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_instance

RESIZE = Change(
    "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1024 * MIB, EvictionPolicy.ALLKEYS_LRU, AT, "request-2"
)


class World:
    """A fleet whose members answer as they are told to."""

    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.recoveries = FakeRecoveries(self.instances)
        self.time = NOW
        self.workflow = FakeRecoveryWorkflow()
        fleet = FakeFleet(self.instances)
        tasks = TaskWatch(fleet, self.instances, self.recoveries, self.workflow, lambda: self.time)
        self.watch = SilenceWatch(self.instances, self.recoveries, tasks, lambda: self.time)

    def add(self, number: int, **different: object) -> None:
        name = f"inst_{number}"
        endpoint = Endpoint(f"203.0.113.{number}", 6379, f"arn:task/{number}")
        instance = an_instance(**{"id": name, "status": Status.RUNNING, "endpoint": endpoint} | different)
        self.instances.stored[ORGANIZATION, name] = instance

    def found(self, number: int = 0) -> Instance:
        return self.instances.stored[ORGANIZATION, f"inst_{number}"]

    def look(self, *answers: Answer, seconds: float = 60) -> list[Concluded]:
        """A pass, so long after the one before, in which the instances answer so, by their numbers."""
        looks = [Look(self.found(number), answer) for number, answer in enumerate(answers)]
        concluded = list(self.watch.conclude(looks, "collect-1"))
        self.time += timedelta(seconds=seconds)
        return concluded

    def recovering(self) -> list[str]:
        return sorted(instance.id for instance in self.instances.stored.values() if instance.recovering)

    def told(self) -> list[str]:
        return [entry.action.value for entry in self.accounts.audit if entry.action.value.startswith("instance.")]


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(2):
        world.add(number)
    return world


QUIET, WELL = Answer.SILENT, Answer.ANSWERED


def test_the_second_look_without_an_answer_after_a_minute_tells_the_owner_and_replaces_the_task(world: World) -> None:
    assert world.look(QUIET, WELL) == []
    assert world.found().silent_since == AT
    assert (world.recovering(), world.told()) == ([], [])
    assert world.look(QUIET, WELL) == [Concluded("inst_0", recovering=True)]
    assert world.recovering() == ["inst_0"]
    assert world.told() == ["instance.not_answering", "instance.recovering"]
    recovery = world.found().recovery
    assert recovery
    assert recovery.cause is Cause.NOT_ANSWERING
    assert world.accounts.audit[-2].details == {"since": AT}
    assert (world.accounts.audit[-2].actor_role, world.accounts.audit[-2].request_id) == ("recovery", "collect-1")
    assert world.found().silent_since is None, "another task is on its way"


def test_looks_within_a_minute_are_one(world: World) -> None:
    for _ in range(3):
        world.look(QUIET, WELL, seconds=19)
    assert (world.recovering(), world.told()) == ([], [])
    assert world.found().silent_since == AT


def test_an_answer_between_ends_the_row(world: World) -> None:
    for answer in (QUIET, WELL, QUIET, WELL):
        world.look(answer, WELL)
    assert (world.recovering(), world.told(), world.found().silence) == ([], [], None)


def test_another_task_begins_another_row(world: World) -> None:
    world.look(QUIET, WELL)
    served = replace(world.found(), endpoint=Endpoint("203.0.113.9", 6379, "arn:task/new"))
    world.instances.stored[ORGANIZATION, "inst_0"] = served
    assert world.found().silent_since is None
    world.look(QUIET, WELL)
    assert world.recovering() == []
    world.look(QUIET, WELL)
    assert world.recovering() == ["inst_0"]


def test_a_redis_that_is_busy_with_a_script_for_a_minute_is_replaced_even_if_all_are(world: World) -> None:
    for _ in range(2):
        world.look(Answer.BUSY, Answer.BUSY)
    assert world.recovering() == ["inst_0", "inst_1"]


@pytest.mark.parametrize(
    "different",
    [
        {"change": RESIZE},
        {"recovery": Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)},
        {"status": Status.DELETING},
    ],
    ids=["a resize", "a recovery", "a deletion"],
)
def test_what_is_replaced_or_removed_anyway_is_left_alone(world: World, different: dict[str, object]) -> None:
    world.add(0, **different)
    before = world.found()
    for _ in range(3):
        assert world.look(QUIET, WELL) == []
    assert world.found() == before


def test_a_resize_that_began_since_it_was_read_is_a_reason_to_wait(world: World) -> None:
    world.look(QUIET, WELL)
    read = world.found()
    world.instances.stored[ORGANIZATION, "inst_0"] = replace(read, change=RESIZE)
    assert list(world.watch.conclude([Look(read, QUIET), Look(world.found(1), WELL)], "collect-1")) == []
    assert world.recovering() == []


def test_a_change_in_place_is_no_reason_to_wait_for_it_hangs_too(world: World) -> None:
    world.add(0, change=replace(RESIZE, kind=ChangeKind.IN_PLACE))
    for _ in range(2):
        world.look(QUIET, WELL)
    assert world.recovering() == ["inst_0"]


def test_a_pass_in_which_many_are_silent_concludes_nothing() -> None:
    world = World()
    for number in range(FEW + 1):
        world.add(number)
    for _ in range(5):
        assert world.look(*[QUIET] * (FEW + 1)) == []
    assert (world.recovering(), world.told()) == ([], [])
    assert not any(instance.silence for instance in world.instances.stored.values())


def test_of_a_large_fleet_a_tenth_may_be_silent_and_each_pass_replaces_a_few_of_them() -> None:
    world = World()
    for number in range(200):
        world.add(number)
    answers = [QUIET] * 20 + [WELL] * 180
    world.look(*answers)
    world.look(*answers)
    assert len(world.recovering()) == MOST_RECOVERIES
    world.look(*answers)
    assert len(world.recovering()) == 20
    assert world.look(*[QUIET] * 21, *[WELL] * 179) == []


def test_where_nobody_was_heard_only_an_address_that_takes_connections_says_that_its_redis_hangs(world: World) -> None:
    for _ in range(3):
        world.look(QUIET, Answer.UNREACHED)
    assert world.recovering() == ["inst_0"]
    assert world.found(1).silence is None


def test_where_others_were_heard_an_address_that_takes_no_connections_is_silent_too(world: World) -> None:
    for _ in range(2):
        world.look(Answer.UNREACHED, WELL)
    assert world.recovering() == ["inst_0"]


def test_who_was_told_that_it_does_not_answer_is_told_when_it_does(world: World) -> None:
    world.look(QUIET, WELL)
    silence = world.found().silence
    assert silence
    told = replace(world.found(), silence=replace(silence, told=True))
    world.instances.stored[ORGANIZATION, "inst_0"] = told
    world.look(WELL, WELL)
    assert (world.found().silence, world.told()) == (None, ["instance.answering"])


def test_one_instances_trouble_does_not_keep_others_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add(2)
    store = world.recoveries.store

    def failing(instance: Instance, *arguments: object) -> bool:
        if instance.id == "inst_0":
            raise RuntimeError("the table is busy")
        kept: Callable[..., bool] = store
        return kept(instance, *arguments)

    monkeypatch.setattr(world.recoveries, "store", failing)
    concluded = world.look(QUIET, QUIET, WELL)
    assert [(one.instance_id, bool(one.error)) for one in concluded] == [("inst_0", True)]
    assert world.found(1).silence


def test_a_pass_that_heard_all_of_those_who_answered_before_has_nothing_to_conclude(world: World) -> None:
    assert all_well([Look(world.found(), WELL)])
    assert not all_well([Look(world.found(), WELL), Look(world.found(1), QUIET)])
    world.look(QUIET, WELL)
    assert not all_well([Look(world.found(), WELL)])


def test_those_that_were_silent_for_too_long_are_counted_whatever_was_concluded() -> None:
    world = World()
    for number in range(5):
        world.add(number)
    looks = [Look(world.found(number), QUIET) for number in range(5)]
    assert world.watch.too_long(looks) == 0
    world.look(QUIET, QUIET, WELL, WELL, WELL)
    again = [Look(world.found(number), QUIET) for number in range(5)]
    assert world.watch.too_long(again) == 2


@pytest.mark.parametrize(
    ("outcome", "error", "answer"),
    [
        (Outcome.READ, None, WELL),
        (Outcome.OVERTAKEN, None, WELL),
        (Outcome.UNREACHABLE, RedisSilent("x", accepted=True), QUIET),
        (Outcome.UNREACHABLE, RedisSilent("x", accepted=False), Answer.UNREACHED),
        (Outcome.UNREACHABLE, RedisBusy("x"), Answer.BUSY),
        (Outcome.UNREACHABLE, ControlPasswordRefused("x"), WELL),
        (Outcome.UNREACHABLE, RedisUnreachable("too many connections"), WELL),
        (Outcome.FAILED, RuntimeError("the store"), None),
        (Outcome.LATE, None, None),
    ],
)
def test_what_a_pass_has_seen_is_a_look_unless_it_says_nothing_of_the_redis(
    world: World, outcome: Outcome, error: Exception | None, answer: Answer | None
) -> None:
    results = {Owned.of(world.found()): ScrapeResult(outcome, error=error)}
    looks = list(looks_of([world.found(), world.found(1)], results))
    assert [look.answer for look in looks] == ([answer] if answer else [])


class Died(BaseException):
    """The function's end, wherever it is."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(4))
def test_a_pass_that_dies_at_any_of_its_calls_is_gone_on_with_by_the_next(
    world: World, number: int, moment: str
) -> None:
    world.look(QUIET, WELL)
    calls = 0
    alive = False

    def mortal(call: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object) -> object:
            nonlocal calls
            its_end = not alive and calls == number
            calls += 1
            if its_end and moment == "before":
                raise Died
            answer = call(*arguments)
            if its_end:
                raise Died
            return answer

        return called

    for owner, name in (
        (world.instances, "get"),
        (world.recoveries, "store"),
        (world.recoveries, "begin"),
        (world.workflow, "start"),
    ):
        setattr(owner, name, mortal(getattr(owner, name)))
    with pytest.raises(Died):
        world.look(QUIET, WELL)
    alive = True
    world.look(QUIET, WELL)
    assert world.recovering() == ["inst_0"]
    assert world.told() == ["instance.not_answering", "instance.recovering"]
