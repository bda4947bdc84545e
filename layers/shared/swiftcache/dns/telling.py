"""Telling many who wait at once what has come of their changes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from swiftcache.callbacks.service import CallbackService
from swiftcache.dns.model import RecordChange, Result
from swiftcache.dns.service import observation_of, subject_of
from swiftcache.platform.errors import DependencyUnavailable

WORKERS = 16


@dataclass(frozen=True, slots=True)
class ParallelTeller:
    """A batch has up to hundreds, each of whom is told by two calls of AWS."""

    callbacks: CallbackService

    def __call__(self, results: Sequence[Result]) -> Sequence[RecordChange]:
        """The changes of which it could be told."""
        with ThreadPoolExecutor(min(WORKERS, len(results))) as pool:
            told = list(pool.map(partial(tell_one, self.callbacks), results))
        return [result.change for result, done in zip(results, told, strict=True) if done]


def tell_one(callbacks: CallbackService, result: Result) -> bool:
    """Whether it could be told."""
    try:
        callbacks.observe(subject_of(result.change), observation_of(result))
    except DependencyUnavailable:
        return False
    return True
