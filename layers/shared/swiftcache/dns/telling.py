"""Telling many who wait at once what has come of their changes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from swiftcache.callbacks.service import CallbackService
from swiftcache.dns.model import RecordChange, Result
from swiftcache.dns.service import observation_of, subject_of
from swiftcache.platform.errors import DependencyUnavailable

WORKERS = 16


@dataclass(frozen=True, slots=True)
class ParallelTeller:
    """A batch has hundreds, each of whom is told by two calls of AWS."""

    callbacks: CallbackService

    def __call__(self, results: Sequence[Result]) -> Sequence[RecordChange]:
        """The changes of which it could be told."""
        if len(results) == 1:
            told = [self._tell(results[0])]
        else:
            with ThreadPoolExecutor(min(WORKERS, max(len(results), 1))) as pool:
                told = list(pool.map(self._tell, results))
        return [result.change for result, done in zip(results, told, strict=True) if done]

    def _tell(self, result: Result) -> bool:
        try:
            self.callbacks.observe(subject_of(result.change), observation_of(result))
        except DependencyUnavailable:
            return False
        return True
