"""What a pass of the metrics has seen of each Redis, as looks at whether it answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from swiftcache.instances.model import Instance
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.collector import ScrapeRun
from swiftcache.metrics.figures import FleetFigures
from swiftcache.platform.errors import RedisBusy, RedisSilent
from swiftcache.recovery.silence import Answer, Concluded, Look, SilenceWatch, all_well


def concluded_from(
    instances: Sequence[Instance], run: ScrapeRun, watch: Callable[[], SilenceWatch], request_id: str
) -> tuple[FleetFigures, Sequence[Concluded]]:
    """The figures of a pass over these instances, and what was concluded of those that answer nobody.

    `watch` is not built while all is well.
    """
    looks = list(looks_of(instances, run.results))
    if all_well(looks):
        return run.figures, ()
    watching = watch()
    concluded = tuple(watching.conclude(looks, request_id))
    return replace(run.figures, not_answering=watching.too_long(looks)), concluded


def looks_of(instances: Iterable[Instance], results: Mapping[Owned, ScrapeResult]) -> Iterator[Look]:
    """Without those whose turn did not come, or of which nothing is known, since something else failed."""
    for instance in instances:
        result = results.get(Owned.of(instance))
        if result and result.outcome not in (Outcome.LATE, Outcome.FAILED):
            yield Look(instance, _answer(result.error))


def _answer(error: Exception | None) -> Answer:
    match error:
        case RedisSilent(accepted=True):
            return Answer.SILENT
        case RedisSilent():
            return Answer.UNREACHED
        case RedisBusy():
            return Answer.BUSY
        case _:
            # That our password is wrong, or that it loads its data, is an answer.
            return Answer.ANSWERED
