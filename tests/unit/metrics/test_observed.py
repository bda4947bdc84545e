"""What a pass has seen of the tasks that serve: what of it is kept, and what it tells of all certificates."""

from dataclasses import dataclass, field, replace

import pytest

from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.figures import FleetFigures, days_until, fleet_figures_map, fleet_figures_of
from swiftcache.metrics.observed import MOST, note_observed
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeObservedTasks
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_instance

FIRST = Certificate("2026-03-02T03:04:05Z", "5e" * 32)
NEXT = Certificate("2026-05-02T03:04:05Z", "6f" * 32)
VERSION = "7.2.16"
READ = ScrapeResult(Outcome.READ, version=VERSION, certificate=FIRST)
RENEWED = replace(READ, certificate=NEXT)
UNREACHABLE = ScrapeResult(Outcome.UNREACHABLE)


@dataclass
class Counting(FakeObservedTasks):
    noted: list[str] = field(default_factory=list)
    failing: str = ""

    def note(self, instance: Instance, observed: ObservedTask) -> bool:
        self.noted.append(instance.id)
        if instance.id == self.failing:
            raise DependencyUnavailable("the record is busy")
        return super().note(instance, observed)


class World:
    """Running instances, and passes over them."""

    def __init__(self) -> None:
        self.instances = FakeInstances(FakeAccounts())
        self.store = Counting(self.instances)

    def add(self, name: str) -> None:
        endpoint = Endpoint("203.0.113.7", 6379, f"arn:task/{name}")
        self.instances.stored[ORGANIZATION, name] = an_instance(id=name, status=Status.RUNNING, endpoint=endpoint)

    def find(self, name: str) -> Instance:
        return self.instances.stored[ORGANIZATION, name]

    def replace_task(self, name: str) -> None:
        next_task = Endpoint("203.0.113.8", 6379, f"arn:task/{name}-next")
        self.instances.stored[ORGANIZATION, name] = replace(self.find(name), endpoint=next_task)

    def look(self, *found: ScrapeResult | None) -> str | None:
        """A pass that finds this of the instances, in the order in which they were added. None: of one nothing."""
        read = list(self.instances.stored.values())
        results = {Owned.of(one): result for one, result in zip(read, found, strict=True) if result}
        ends, self.failed = note_observed(read, results, self.store)
        return ends


@pytest.fixture
def world() -> World:
    world = World()
    world.add("inst_a1")
    world.add("inst_a2")
    return world


def test_what_is_seen_is_kept_with_its_task_when_it_is_first_seen_and_when_it_changes(world: World) -> None:
    world.look(READ, READ)
    assert world.find("inst_a1").observed == ObservedTask("arn:task/inst_a1", VERSION, FIRST)
    world.look(RENEWED, READ)
    assert (world.find("inst_a1").serves, world.find("inst_a1").version) == (NEXT, VERSION)
    assert world.store.noted == ["inst_a1", "inst_a2", "inst_a1"]


def test_in_calm_nothing_is_written(world: World) -> None:
    world.look(READ, READ)
    world.store.noted.clear()
    assert world.look(READ, READ) == FIRST.not_after
    assert world.store.noted == []


def test_another_task_is_noted_anew_though_it_is_equal(world: World) -> None:
    world.look(READ, READ)
    world.replace_task("inst_a1")
    world.look(READ, READ)
    assert world.find("inst_a1").observed == ObservedTask("arn:task/inst_a1-next", VERSION, FIRST)
    assert world.store.noted == ["inst_a1", "inst_a2", "inst_a1"]


def test_what_a_task_has_shown_says_nothing_of_the_next(world: World) -> None:
    world.look(READ, READ)
    before = world.find("inst_a1")
    world.replace_task("inst_a1")
    after = world.find("inst_a1")
    assert (before.serves, before.version) == (FIRST, VERSION)
    assert (after.serves, after.version) == (None, None)


def test_what_is_to_go_serves_no_certificate(world: World) -> None:
    world.look(READ, READ)
    assert replace(world.find("inst_a1"), status=Status.DELETING).serves is None


@pytest.mark.parametrize(
    "parts",
    [
        [replace(READ, certificate=None), replace(READ, version="")],
        [replace(READ, version=""), replace(READ, certificate=None)],
    ],
    ids=["the version first", "the certificate first"],
)
def test_of_a_task_that_shows_a_part_at_a_time_both_are_known(world: World, parts: list[ScrapeResult]) -> None:
    for part in parts:
        world.look(part, None)
    assert world.find("inst_a1").observed == ObservedTask("arn:task/inst_a1", VERSION, FIRST)
    world.store.noted.clear()
    world.look(parts[0], None)
    assert world.store.noted == [], "what was not heard is no news"


def test_what_was_not_heard_of_another_task_is_not_taken_from_the_one_before(world: World) -> None:
    world.look(READ, READ)
    world.replace_task("inst_a1")
    world.look(replace(READ, certificate=None), READ)
    assert world.find("inst_a1").observed == ObservedTask("arn:task/inst_a1-next", VERSION)


def test_one_that_was_not_read_says_nothing(world: World) -> None:
    assert world.look(UNREACHABLE, None) is None
    assert world.store.noted == []


def test_the_first_end_of_all_is_told(world: World) -> None:
    assert world.look(RENEWED, READ) == FIRST.not_after


@pytest.mark.parametrize("unseen", [UNREACHABLE, None, replace(READ, certificate=None)])
def test_of_an_instance_that_showed_no_certificate_the_end_is_known_from_before(
    world: World, unseen: ScrapeResult | None
) -> None:
    world.look(READ, RENEWED)
    assert world.look(unseen, RENEWED) == FIRST.not_after


def test_without_an_instance_that_serves_no_end_is_told() -> None:
    assert World().look() is None


def test_one_that_cannot_be_noted_keeps_the_others_from_nothing(world: World) -> None:
    world.store.failing = "inst_a1"
    assert world.look(READ, RENEWED) == FIRST.not_after
    assert [one.instance_id for one in world.failed] == ["inst_a1"]
    assert world.find("inst_a2").observed


def test_a_pass_notes_a_part_of_a_fleet_that_is_all_new_and_the_next_goes_on() -> None:
    world = World()
    for number in range(MOST + 1):
        world.add(f"inst_{number}")
    world.look(*[READ] * (MOST + 1))
    assert len(world.store.noted) == MOST
    world.look(*[READ] * (MOST + 1))
    assert len(world.store.noted) == MOST + 1
    assert all(one.observed for one in world.instances.stored.values())


def test_the_figures_of_shards_tell_the_first_end_of_all() -> None:
    parts = [FleetFigures(certificates_end=end) for end in (None, NEXT.not_after, FIRST.not_after, None)]
    assert sum(parts, FleetFigures()).certificates_end == FIRST.not_after


def test_a_shard_tells_it_to_who_asks_and_others_take_what_they_know() -> None:
    figures = FleetFigures(certificates_end=FIRST.not_after)
    assert fleet_figures_of(fleet_figures_map(figures, limits=True, certificates=True)) == figures
    assert "certificates_end" not in fleet_figures_map(figures, limits=True)


def test_days_until_an_end_are_less_than_none_after_it() -> None:
    assert days_until("2026-01-16T03:04:05.678Z", NOW) == 14
    assert days_until("2026-01-01T15:04:05.678Z", NOW) == -0.5
