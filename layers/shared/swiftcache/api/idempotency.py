"""Answering a request as often as it comes, and doing its work once.

The first request with a key claims it, and works. Others wait for its answer. If it dies, its lock runs out, and the
next request goes on in its place, with the same randomness. An answer is stored before it is given: so nobody is told
what a repetition would not be told.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from swiftcache.api.idempotency_ports import KEPT_SECONDS, Claim, Claims, IdempotentRequest, Seal
from swiftcache.platform.errors import DependencyUnavailable, IdempotencyKeyReused, RequestInProgress
from swiftcache.platform.unit_of_work import IdempotentWork, replaying

_LONGEST_WORK_SECONDS = 10
_LOCK_MARGIN_SECONDS = 2
"""For clocks that differ. Who is even slower finds that it can write no more, and gives no answer."""

_RESERVE_SECONDS = 3
"""What must be left to whoever takes over, or has to say that it cannot wait any longer."""

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_PAUSE_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Done:
    """An answer that was worked out. One that is not `final` is not kept: the next request works again."""

    content: bytes
    final: bool


@dataclass(frozen=True, slots=True)
class ReplayableResponse:
    """An answer to give. `replayed` says that another request has worked it out."""

    content: bytes
    replayed: bool


@dataclass(frozen=True, slots=True)
class Idempotency:
    """`now` gives the time with its zone; `sleep` takes seconds."""

    claims: Claims
    seal: Seal
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def answer(self, request: IdempotentRequest, seconds: float, do: Callable[[], Done]) -> ReplayableResponse:
        """The answer to a request, worked out by `do` unless it is known. `seconds` are left before we are ended.

        Raises IdempotencyKeyReused if the key came with another request, RequestInProgress if the first is still at
        work when our time is over, DependencyUnavailable, and whatever `do` raises.
        """
        ends = self._time() + seconds
        seed = secrets.token_bytes(32)
        ours = self._new_claim(request, seed, ends)
        claim = self.claims.claim(ours, self._time())
        pauses = _pauses()
        while True:
            if claim.request != request:
                raise IdempotencyKeyReused("this Idempotency-Key came with another request; use a new one for each")
            if claim.answer is not None:
                return ReplayableResponse(self.seal.open(claim.answer, _about(request, "answer")), replayed=True)
            if claim.owner == ours.owner:
                shared = seed if claim.seed == ours.seed else self.seal.open(claim.seed, _about(request, "seed"))
                return self._work(claim, shared, do)
            if self._time() + _RESERVE_SECONDS > ends:
                raise self._still_running(claim)
            if self._time() < claim.locked_until:
                self.sleep(next(pauses))
                claim = self._look(ours, ends)
            else:
                claim = self._take_over(claim, ours, ends)

    def _new_claim(self, request: IdempotentRequest, seed: bytes, ends: float) -> Claim:
        at = self.now()
        return Claim(
            request=request,
            owner=secrets.token_hex(16),
            locked_until=self._lock(ends),
            at=at,
            seed=self.seal.seal(seed, _about(request, "seed")),
            expires_at=int(at.timestamp()) + KEPT_SECONDS,
        )

    def _lock(self, ends: float) -> float:
        return min(ends, self._time() + _LONGEST_WORK_SECONDS) + _LOCK_MARGIN_SECONDS

    def _look(self, ours: Claim, ends: float) -> Claim:
        now = self._time()
        found = self.claims.find(ours.request, now)
        return found or self.claims.claim(replace(ours, locked_until=self._lock(ends)), now)

    def _take_over(self, dead: Claim, ours: Claim, ends: float) -> Claim:
        """The claim as it is then: ours, unless another was faster."""
        at = dead.at if dead.applied else self.now()
        taken = replace(dead, owner=ours.owner, locked_until=self._lock(ends), at=at)
        return taken if self.claims.take_over(dead, taken) else self._look(ours, ends)

    def _work(self, claim: Claim, seed: bytes, do: Callable[[], Done]) -> ReplayableResponse:
        request = claim.request
        work = IdempotentWork(
            request.account_key_id, request.key_sha256, claim.owner, seed, claim.at, claim.applied, claim.note
        )
        try:
            with replaying(work):
                done = do()
            if done.final:
                self._keep(claim, done)
        except Exception:
            self._release(claim)
            raise
        if not done.final:
            self._release(claim)
        return ReplayableResponse(done.content, replayed=False)

    def _keep(self, claim: Claim, done: Done) -> None:
        answer = self.seal.seal(done.content, _about(claim.request, "answer"))
        if not self.claims.complete(claim, answer):
            raise DependencyUnavailable("this request took too long, and another goes on in its place; try again")

    def _release(self, claim: Claim) -> None:
        with suppress(DependencyUnavailable):  # then the lock runs out
            self.claims.release(claim)

    def _still_running(self, claim: Claim) -> RequestInProgress:
        left = claim.locked_until - self._time()
        return RequestInProgress(
            "another request with this Idempotency-Key is still at work; try again", retry_after=max(1, ceil(left))
        )

    def _time(self) -> float:
        return self.now().timestamp()


def _about(request: IdempotentRequest, part: str) -> dict[str, str]:
    """What sealed content is bound to: it opens nowhere else."""
    return {
        "purpose": "idempotency",
        "accountKeyId": request.account_key_id,
        "idempotencyKeySha256": request.key_sha256,
        "part": part,
    }


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
