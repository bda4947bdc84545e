"""What a pass of the metrics has seen of each Redis, as looks at whether it answers."""

from collections.abc import Iterable, Iterator, Mapping

from swiftcache.instances.model import Instance
from swiftcache.metrics.bucket_pass import Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.platform.errors import RedisBusy, RedisSilent
from swiftcache.recovery.silence import Answer, Look


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
