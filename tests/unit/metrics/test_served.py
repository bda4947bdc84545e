"""Which certificate each instance serves: what a pass keeps of it, and what it tells of all."""

from dataclasses import dataclass, field, replace

import pytest

from swiftcache.instances.certificate import Certificate, ServedCertificate
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.figures import FleetFigures, days_until, fleet_figures_map, fleet_figures_of
from swiftcache.metrics.served import MOST, note_served
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeServedCertificates
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_instance

FIRST = Certificate("2026-03-02T03:04:05Z", "5e" * 32)
NEXT = Certificate("2026-05-02T03:04:05Z", "6f" * 32)


@dataclass
class Counting(FakeServedCertificates):
    noted: list[str] = field(default_factory=list)
    failing: str = ""

    def note(self, instance: Instance, served: ServedCertificate) -> bool:
        self.noted.append(instance.id)
        if instance.id == self.failing:
            raise DependencyUnavailable("the record is busy")
        return super().note(instance, served)


class World:
    """Running instances, and passes over them."""

    def __init__(self) -> None:
        self.instances = FakeInstances(FakeAccounts())
        self.store = Counting(self.instances)

    def add(self, name: str, **different: object) -> None:
        endpoint = Endpoint("203.0.113.7", 6379, f"arn:task/{name}")
        instance = an_instance(**{"id": name, "status": Status.RUNNING, "endpoint": endpoint} | different)
        self.instances.stored[ORGANIZATION, name] = instance

    def serves(self, name: str) -> ServedCertificate | None:
        return self.instances.stored[ORGANIZATION, name].serves

    def look(self, *seen: Certificate | None) -> str | None:
        """A pass in which the instances show these certificates, in the order in which they were added."""
        read = list(self.instances.stored.values())
        results = {
            Owned.of(one): ScrapeResult(Outcome.READ if shown else Outcome.UNREACHABLE, certificate=shown)
            for one, shown in zip(read, seen, strict=True)
        }
        ends, self.failed = note_served(read, results, self.store)
        return ends


@pytest.fixture
def world() -> World:
    world = World()
    world.add("inst_a1")
    world.add("inst_a2")
    return world


def test_what_is_served_is_kept_when_it_is_first_seen_and_when_it_changes(world: World) -> None:
    world.look(FIRST, FIRST)
    world.look(NEXT, FIRST)
    assert world.serves("inst_a1") == ServedCertificate(NEXT.not_after, NEXT.sha256_fingerprint, "arn:task/inst_a1")
    assert world.store.noted == ["inst_a1", "inst_a2", "inst_a1"]


def test_in_calm_nothing_is_written(world: World) -> None:
    world.look(FIRST, FIRST)
    world.store.noted.clear()
    assert world.look(FIRST, FIRST) == FIRST.not_after
    assert world.store.noted == []


def test_what_a_task_served_says_nothing_of_the_next(world: World) -> None:
    world.look(FIRST, FIRST)
    before = world.instances.stored[ORGANIZATION, "inst_a1"]
    after = replace(before, endpoint=Endpoint("203.0.113.8", 6379, "arn:task/next"))
    assert (before.serves is None, after.serves) == (False, None)
    assert replace(before, status=Status.DELETING).serves is None


def test_the_first_end_of_all_is_told(world: World) -> None:
    assert world.look(NEXT, FIRST) == FIRST.not_after


def test_of_an_instance_that_was_not_read_the_end_is_known_from_before(world: World) -> None:
    world.look(FIRST, NEXT)
    assert world.look(None, NEXT) == FIRST.not_after


def test_without_an_instance_that_serves_no_end_is_told() -> None:
    assert World().look() is None


def test_one_that_cannot_be_noted_keeps_the_others_from_nothing(world: World) -> None:
    world.store.failing = "inst_a1"
    world.look(FIRST, FIRST)
    assert [one.instance_id for one in world.failed] == ["inst_a1"]
    assert world.serves("inst_a2")


def test_a_pass_notes_a_part_of_a_fleet_that_is_all_new_and_the_next_goes_on() -> None:
    world = World()
    for number in range(MOST + 1):
        world.add(f"inst_{number}")
    for _ in range(2):
        world.look(*[FIRST] * (MOST + 1))
    assert all(one.serves for one in world.instances.stored.values())
    assert len(world.store.noted) == MOST + 1


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
