"""What a pass has heard of each Redis's version, noted in the record where that does not say so yet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from swiftcache.engines.model import SeenVersion
from swiftcache.instances.model import Instance
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.collector import ScrapeRun
from swiftcache.metrics.ports import SeenVersions
from swiftcache.platform.errors import DependencyUnavailable

MOST = 200
"""That one pass notes, after an update of a whole fleet say: the next goes on."""


def note_versions(instances: Sequence[Instance], run: ScrapeRun, versions: Callable[[], SeenVersions]) -> int:
    """How many were noted; the next pass hears the others again. `versions` is not built where there is nothing new."""
    noted = 0
    with suppress(DependencyUnavailable):
        for instance, seen in islice(_news(instances, run), MOST):
            noted += versions().note(instance, seen)
    return noted


def _news(instances: Sequence[Instance], run: ScrapeRun) -> Iterator[tuple[Instance, SeenVersion]]:
    for instance in instances:
        result = run.results.get(Owned.of(instance))
        if result is None or not result.version or instance.endpoint is None:
            continue
        if instance.version != result.version:
            yield instance, SeenVersion(instance.endpoint.task, result.version)
