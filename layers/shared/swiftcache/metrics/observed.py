"""What a pass has seen of the task that serves each instance, kept in the record where that is news.

Each scrape reads the version and shakes hands anyway. In calm it finds what the record has, and nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swiftcache.instances.model import Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.metrics.bucket_pass import ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.ports import ObservedTasks

MOST = 200
"""So many are noted by a pass: the first one of a large fleet would come to no end. The next pass goes on."""


@dataclass(frozen=True, slots=True)
class NotNoted:
    """An instance of which could not be kept what was seen, and why. The next pass tries again."""

    instance_id: str
    error: Exception


def note_observed(
    instances: Sequence[Instance], results: Mapping[Owned, ScrapeResult], tasks: ObservedTasks
) -> tuple[str | None, Sequence[NotNoted]]:
    """Keeps what differs from the record; one instance's trouble does not keep the others waiting.

    And says when the first of all certificates ends that are served: None if none is known.
    """
    seen = [(instance, _seen(instance, results.get(Owned.of(instance)))) for instance in instances]
    news = [(one, found) for one, found in seen if found and found.after(one.observed) != one.observed]
    failed = []
    for instance, found in news[:MOST]:
        try:
            tasks.note(instance, found)
        except Exception as error:
            failed.append(NotNoted(instance.id, error))
    # Of who was not read what the record has: nobody reads one whose certificate has ended.
    known = ((found.certificate if found else None) or instance.serves for instance, found in seen)
    return min((one.not_after for one in known if one), default=None), failed


def _seen(instance: Instance, result: ScrapeResult | None) -> ObservedTask | None:
    """None if nothing was."""
    if result is None or instance.endpoint is None or not (result.version or result.certificate):
        return None
    return ObservedTask(instance.endpoint.task, result.version or None, result.certificate)
