"""Keeping the certificate: what its secret holds is noted, and replaced in time where an authority is to issue it.

The old one stays until there is a new one that is as it must be. A run that fails leaves a note, and a later one tries
again; one that dies is gone on with.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.certificates.issuing import Issuer
from swiftcache.certificates.model import (
    Bundle,
    CertificateState,
    CurrentCertificate,
    RenewalCode,
    RenewalFailed,
    RenewalFailure,
    is_due,
)
from swiftcache.certificates.pem import described
from swiftcache.certificates.ports import CertificateRecord, CertificateSecret
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged
from swiftcache.platform.timestamps import timestamp

LONGEST_RUN = timedelta(minutes=15)
"""More than the function's time-out: then whoever was at work is not any more."""


class Outcome(StrEnum):
    """What came of a run."""

    CURRENT = "CURRENT"
    """Nothing was to be done."""
    RENEWED = "RENEWED"
    FAILED = "FAILED"
    WAITING = "WAITING"
    """It failed before, and the time for the next try has not come."""
    BUSY = "BUSY"
    """Another run is at work."""


@dataclass(frozen=True, slots=True)
class KeepResult:
    outcome: Outcome
    state: CertificateState

    @property
    def failing(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.WAITING)


@dataclass(frozen=True, slots=True)
class CertificateKeeper:
    """`issuer` is None where the operator writes the secret. `now` gives the time with its zone."""

    record: CertificateRecord
    secret: CertificateSecret
    issuer: Issuer | None
    now: Callable[[], datetime]

    def run(self, *, force: bool = False) -> KeepResult:
        """One run. `force`: renews it though it is not due, nor the next try. Raises DependencyUnavailable."""
        state = self.record.state()
        if state.working_until and self.now() < datetime.fromisoformat(state.working_until):
            return KeepResult(Outcome.BUSY, state)
        try:
            return self._kept(state, force=force)
        except RecordChanged:
            return KeepResult(Outcome.BUSY, state)

    def _kept(self, state: CertificateState, *, force: bool) -> KeepResult:
        try:
            bundle = self.secret.read()
            found = described(bundle) if bundle else None
        except RenewalFailed as error:
            if self.issuer is None:
                return self._failed(state, error)
            bundle, found = None, None
        if self.issuer is None:
            return self._looked(state, found)
        if found != state.current:
            state = self.record.store(replace(state, current=found))
        if state.challenges:
            state = self._tidied(state, self.issuer)
        if not force and not is_due(found, self.issuer.names, self.now()):
            return KeepResult(Outcome.CURRENT, self._settled(state))
        if not force and state.failure and self.now() < state.failure.next_try(found):
            return KeepResult(Outcome.WAITING, state)
        return self._renewed(state, self.issuer, bundle)

    def _looked(self, state: CertificateState, found: CurrentCertificate | None) -> KeepResult:
        """What the operator has written. Nothing at all is told: without it no task starts."""
        if found is None:
            return self._failed(
                state, RenewalFailed(RenewalCode.CERTIFICATE_UNREADABLE, "the certificate's secret has nothing in it")
            )
        if found != state.current:
            state = self.record.store(replace(state, current=found))
        return KeepResult(Outcome.CURRENT, self._settled(state))

    def _renewed(self, state: CertificateState, issuer: Issuer, before: Bundle | None) -> KeepResult:
        until = timestamp(self.now() + LONGEST_RUN)
        work = _Work(self.record, self.record.store(replace(state, working_until=until)))
        try:
            bundle = issuer.issue(before, work.note_challenges)
            self.secret.write(bundle)
            issuer.settle()
        except (RenewalFailed, DependencyUnavailable) as error:
            return self._failed(work.state, error)
        done = replace(work.state, current=described(bundle), failure=None, working_until=None)
        return KeepResult(Outcome.RENEWED, self.record.store(done))

    def _failed(self, state: CertificateState, error: RenewalFailed | DependencyUnavailable) -> KeepResult:
        at = timestamp(self.now())
        before = state.failure
        failure = RenewalFailure(
            error.code, str(error), before.since if before else at, at, before.tries + 1 if before else 1
        )
        return KeepResult(Outcome.FAILED, self.record.store(replace(state, failure=failure, working_until=None)))

    def _tidied(self, state: CertificateState, issuer: Issuer) -> CertificateState:
        work = _Work(self.record, state)
        issuer.withdraw(state.challenges, work.note_challenges)
        return work.state

    def _settled(self, state: CertificateState) -> CertificateState:
        return self.record.store(replace(state, failure=None)) if state.failure else state


@dataclass(slots=True)
class _Work:
    """The state as it is while somebody is at work."""

    record: CertificateRecord
    state: CertificateState

    def note_challenges(self, names: tuple[str, ...]) -> None:
        self.state = self.record.store(replace(self.state, challenges=names))
