"""Noting which versions run: once for each task, and never in calm."""

from dataclasses import dataclass, field, replace

from swiftcache.engines.model import SeenVersion
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.collector import ScrapeRun
from swiftcache.metrics.versions import MOST, note_versions
from swiftcache.platform.errors import DependencyUnavailable
from tests.samples import an_instance

TASK = "arn:task/1"
SERVING = an_instance(status=Status.RUNNING, endpoint=Endpoint("192.0.2.1", 6379, TASK))


@dataclass
class Noted:
    down_after: int = 10_000
    seen: list[tuple[str, SeenVersion]] = field(default_factory=list)

    def note(self, instance: Instance, seen: SeenVersion) -> bool:
        if len(self.seen) == self.down_after:
            raise DependencyUnavailable("the database is busy")
        self.seen.append((instance.id, seen))
        return True


def read(*instances: Instance, version: str = "7.2.16") -> ScrapeRun:
    return ScrapeRun({Owned.of(one): ScrapeResult(Outcome.READ, version=version) for one in instances})


def test_a_version_that_the_record_does_not_have_is_noted_with_its_task() -> None:
    noted = Noted()
    assert note_versions([SERVING], read(SERVING), lambda: noted) == 1
    assert noted.seen == [(SERVING.id, SeenVersion(TASK, "7.2.16"))]


def test_another_task_is_noted_anew() -> None:
    noted, before = Noted(), replace(SERVING, seen_version=SeenVersion("arn:task/0", "7.2.16"))
    assert note_versions([before], read(before), lambda: noted) == 1


def test_nothing_is_built_or_written_while_all_is_known() -> None:
    known = replace(SERVING, seen_version=SeenVersion(TASK, "7.2.16"))

    def never() -> Noted:
        raise AssertionError("there is nothing to note")

    assert note_versions([known], read(known), never) == 0


def test_one_that_was_not_read_says_nothing() -> None:
    noted = Noted()
    run = ScrapeRun({Owned.of(SERVING): ScrapeResult(Outcome.UNREACHABLE)})
    assert note_versions([SERVING], run, lambda: noted) == 0
    assert note_versions([SERVING], ScrapeRun({}), lambda: noted) == 0


def test_a_whole_fleet_is_noted_in_several_passes() -> None:
    fleet = [replace(SERVING, id=f"inst_{number}") for number in range(MOST + 1)]
    noted = Noted()
    assert note_versions(fleet, read(*fleet), lambda: noted) == MOST


def test_a_database_that_fails_costs_the_pass_nothing() -> None:
    fleet = [replace(SERVING, id=f"inst_{number}") for number in range(3)]
    noted = Noted(down_after=1)
    assert note_versions(fleet, read(*fleet), lambda: noted) == 1
