"""A run that keeps the certificate: what it notes, when it renews, and what a failure or a death at any step leaves."""

import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from swiftcache.certificates.issuing import Issuer
from swiftcache.certificates.keeping import LONGEST_RUN, CertificateKeeper, KeepResult, Outcome
from swiftcache.certificates.model import Bundle, RenewalCode, RenewalFailed
from swiftcache.certificates.pem import described, new_private_key, request_of
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from tests.fakes.certificates import (
    FakeAccountSecret,
    FakeAuthority,
    FakeCertificateRecord,
    FakeCertificateSecret,
    FakeChallenges,
    Root,
)

NAMES = ("*.redis.example.com", "*.redis.example.org")
CHALLENGES = ["_acme-challenge.redis.example.com", "_acme-challenge.redis.example.org"]
STEPS = ["open", "order", "prove", "finalize", "collect"]


class World:
    """A secret, its record, and an authority that issues for 90 days."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)
        self.record = FakeCertificateRecord()
        self.secret = FakeCertificateSecret()
        self.account = FakeAccountSecret()
        self.zone = FakeChallenges()
        self.authority = FakeAuthority(self.zone, lambda: self.at)
        self.trusted = [self.authority.root.der]
        self.names: tuple[str, ...] = NAMES

    def run(self, *, issued: bool = True, force: bool = False) -> KeepResult:
        issuer = Issuer(self.names, self.authority, self.account, self.zone, lambda: self.trusted, lambda: self.at)
        keeper = CertificateKeeper(self.record, self.secret, issuer if issued else None, lambda: self.at)
        return keeper.run(force=force)

    def code(self, **how: Any) -> str:
        result = self.run(**how)
        assert result.outcome is Outcome.FAILED
        assert result.state.failure
        return result.state.failure.code

    def fail(self, step: str, failure: BaseException | None = None) -> None:
        self.authority.at, self.authority.failure = step, failure or SystemExit("it died")

    def pass_time(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def world() -> World:
    return World()


def test_an_empty_secret_gets_a_certificate_that_leads_to_a_root_that_we_trust(world: World) -> None:
    result = world.run()
    assert result.outcome is Outcome.RENEWED
    assert world.secret.bundle
    assert result.state.current == described(world.secret.bundle)
    assert result.state.current.names == NAMES
    assert world.secret.bundle.authority == world.authority.root.pem
    assert (world.zone.seen, world.zone.published) == (CHALLENGES, {})
    assert (result.state.working_until, result.state.challenges) == (None, ())


def test_in_calm_nothing_is_written_and_nobody_asked(world: World) -> None:
    before = world.run().state
    world.pass_time(days=59)
    assert world.run() == KeepResult(Outcome.CURRENT, before)
    assert world.authority.orders == 1


def test_it_is_renewed_with_another_key_and_the_same_account_when_a_third_is_left(world: World) -> None:
    world.run()
    before = world.secret.bundle
    world.pass_time(days=60)
    assert world.run().outcome is Outcome.RENEWED
    assert before
    assert world.secret.bundle
    assert world.secret.bundle.private_key != before.private_key
    assert len(world.authority.accounts) == 1


def test_the_root_before_is_trusted_beside_the_new_one_until_it_ends(world: World) -> None:
    world.authority.root = first = Root("Test Root", ends=world.at + timedelta(days=100))
    second = Root("Another Root")
    world.trusted = [first.der, second.der]
    world.run()
    world.authority.root = second
    for _ in range(2):
        world.run(force=True)
        assert world.secret.bundle
        assert world.secret.bundle.authority == second.pem + first.pem
    world.pass_time(days=100)
    world.run()
    assert world.secret.bundle
    assert world.secret.bundle.authority == second.pem


def test_without_a_root_to_trust_nothing_is_used(world: World) -> None:
    world.trusted = []
    assert world.code() == RenewalCode.WRONG_CERTIFICATE


def test_a_further_name_has_it_renewed_at_once(world: World) -> None:
    world.names = NAMES[:1]
    world.run()
    world.names = NAMES
    assert world.run().outcome is Outcome.RENEWED


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "failure",
    [RenewalFailed(RenewalCode.RATE_LIMITED, "too many"), DependencyUnavailable("busy")],
    ids=["refused", "unavailable"],
)
def test_a_failure_at_any_step_is_told_and_leaves_the_old_one_and_nothing_in_the_zone(
    world: World, step: str, failure: Exception
) -> None:
    world.run()
    before = world.secret.bundle
    world.pass_time(days=60)
    world.fail(step, failure)
    result = world.run()
    assert (result.outcome, result.failing, world.secret.bundle) == (Outcome.FAILED, True, before)
    assert result.state.failure
    assert (result.state.failure.message, result.state.failure.tries) == (str(failure), 1)
    assert (world.zone.published, result.state.challenges, result.state.working_until) == ({}, (), None)
    world.fail("")
    world.pass_time(hours=1)
    after = world.run()
    assert (after.outcome, after.state.failure) == (Outcome.RENEWED, None)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_at_any_step_is_gone_on_with_once_it_must_be_over(world: World, step: str) -> None:
    world.run()
    world.pass_time(days=60)
    world.fail(step)
    with pytest.raises(SystemExit):
        world.run()
    world.fail("")
    assert world.run().outcome is Outcome.BUSY
    world.pass_time(seconds=LONGEST_RUN.total_seconds())
    assert world.run().outcome is Outcome.RENEWED
    assert world.zone.published == {}
    assert world.account.account
    assert world.account.account.order is None


@pytest.mark.parametrize(("step", "orders"), [("prove", 2), ("finalize", 1), ("collect", 1)])
def test_what_may_have_been_issued_is_collected_and_not_ordered_again(world: World, step: str, orders: int) -> None:
    world.fail(step, RenewalFailed(RenewalCode.TIMED_OUT, "not in time"))
    world.run()
    world.fail("")
    assert world.run(force=True).outcome is Outcome.RENEWED
    assert world.authority.orders == orders
    assert len(world.authority.issued) == 1


def test_what_was_issued_and_could_not_be_written_is_written_by_the_next_run(world: World) -> None:
    world.secret.down = True
    assert world.code() == DependencyUnavailable.code
    world.secret.down = False
    world.run(force=True)
    assert world.secret.bundle
    assert [world.secret.bundle.certificate] == list(world.authority.issued.values())


def test_an_order_that_nothing_comes_of_any_more_is_followed_by_another(world: World) -> None:
    world.fail("finalize", RenewalFailed(RenewalCode.TIMED_OUT, "not in time"))
    world.run()
    world.fail("")
    world.authority.proven.clear()
    assert world.run(force=True).outcome is Outcome.RENEWED
    assert world.authority.orders == 2


def test_an_order_for_other_names_is_not_collected(world: World) -> None:
    world.fail("collect", RenewalFailed(RenewalCode.TIMED_OUT, "not in time"))
    world.run()
    world.fail("")
    world.names = NAMES[:1]
    result = world.run(force=True)
    assert result.state.current
    assert (result.outcome, result.state.current.names) == (Outcome.RENEWED, NAMES[:1])


def test_a_certificate_that_leads_to_no_root_of_ours_is_not_used(world: World) -> None:
    world.run()
    before = world.secret.bundle
    world.trusted = [Root("Another Root").der]
    assert world.code(force=True) == RenewalCode.WRONG_CERTIFICATE
    assert world.secret.bundle == before


@pytest.mark.parametrize("answer", ["no certificate", "another key", "another name"])
def test_a_wrong_answer_is_not_used(world: World, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = world.authority.root
    wrong = {
        "no certificate": "<html>",
        "another key": root.issue(request_of(new_private_key(), NAMES), world.at, timedelta(days=90)),
        "another name": root.issue(request_of(new_private_key(), ["*.example.com"]), world.at, timedelta(days=90)),
    }
    monkeypatch.setattr(root, "issue", lambda *_: wrong[answer])
    assert world.code() == RenewalCode.WRONG_CERTIFICATE
    assert world.secret.bundle is None


def test_while_a_next_try_is_to_wait_the_authority_is_left_alone_and_the_failure_still_told(world: World) -> None:
    world.fail("open", RenewalFailed(RenewalCode.RATE_LIMITED, "too many"))
    world.run()
    world.fail("")
    world.pass_time(minutes=49)
    result = world.run()
    assert (result.outcome, result.failing, world.authority.orders) == (Outcome.WAITING, True, 0)


def test_failures_in_a_row_are_counted_from_the_first(world: World) -> None:
    world.fail("open", RenewalFailed(RenewalCode.REFUSED, "no"))
    first = timestamp(world.at)
    world.run()
    world.pass_time(hours=1)
    failure = world.run().state.failure
    assert failure
    assert (failure.tries, failure.since, failure.at) == (2, first, timestamp(world.at))


def test_records_that_could_not_be_removed_are_removed_by_the_next_run(world: World) -> None:
    world.zone.down = True
    assert world.run().outcome is Outcome.RENEWED
    assert list(world.zone.published) == list(world.record.stored.challenges) == CHALLENGES
    world.zone.down = False
    assert world.run().outcome is Outcome.CURRENT
    assert (world.zone.published, world.record.stored.challenges) == ({}, ())


def test_a_secret_that_cannot_be_read_is_replaced(world: World) -> None:
    world.secret.unreadable = True
    assert world.run().outcome is Outcome.RENEWED


def test_one_of_two_runs_at_once_leaves_it_to_the_other(world: World) -> None:
    inner: list[KeepResult] = []
    world.authority.meanwhile = lambda: inner.append(world.run(force=True))
    assert world.run().outcome is Outcome.RENEWED
    assert [one.outcome for one in inner] == [Outcome.BUSY]


def written_by_hand(world: World, days: int = 90) -> Bundle:
    key = new_private_key()
    chain = world.authority.root.issue(request_of(key, NAMES), world.at, timedelta(days=days))
    return Bundle(chain, key, world.authority.root.pem)


def test_what_the_operator_writes_is_noted_and_left_alone(world: World) -> None:
    world.secret.bundle = by_hand = written_by_hand(world)
    result = world.run(issued=False)
    assert (result.outcome, result.state.current) == (Outcome.CURRENT, described(by_hand))
    world.pass_time(days=89)
    assert world.run(issued=False) == result
    world.secret.bundle = written_by_hand(world)
    assert world.run(issued=False).state.current == described(world.secret.bundle)
    assert (world.authority.orders, world.account.account) == (0, None)


@pytest.mark.parametrize(
    "broken",
    [{}, {"unreadable": True}, {"bundle": Bundle("no PEM", "key", "root")}],
    ids=["empty", "no JSON", "no PEM"],
)
def test_a_secret_of_the_operators_that_is_of_no_use_is_told_until_it_is(world: World, broken: dict[str, Any]) -> None:
    world.secret = FakeCertificateSecret(**broken)
    assert world.code(issued=False) == RenewalCode.CERTIFICATE_UNREADABLE
    world.secret = FakeCertificateSecret(written_by_hand(world))
    result = world.run(issued=False)
    assert (result.outcome, result.state.failure) == (Outcome.CURRENT, None)


def test_nothing_of_a_key_is_in_what_is_shown_of_a_bundle(world: World) -> None:
    world.run()
    assert world.secret.bundle
    assert world.account.account
    for shown in (repr(world.secret.bundle), repr(world.account.account), repr(replace(world.record.stored))):
        assert "PRIVATE KEY" not in shown


class Faulty:
    """A port of which a call goes wrong, counted over all ports that share `calls`."""

    def __init__(self, port: Any, calls: list[str], wrong: int, how: str) -> None:
        self._port, self._calls, self._wrong, self._how = port, calls, wrong, how

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)

        def call(*arguments: Any) -> Any:
            self._calls.append(name)
            if len(self._calls) - 1 != self._wrong:
                return found(*arguments)
            if self._how in ("loses its answer", "dies after it"):
                found(*arguments)
            raise SystemExit("it died") if self._how.startswith("dies") else DependencyUnavailable("AWS is busy")

        return call


@pytest.mark.parametrize("how", ["fails", "loses its answer", "dies before it", "dies after it"])
def test_whatever_call_goes_wrong_the_next_runs_make_it_good(how: str) -> None:
    for wrong in itertools.count():
        world = World()
        world.run()
        if len(run_with_a_fault(world, wrong, how)) <= wrong:
            assert wrong > 10, "a run has more calls than that"
            break
        world.pass_time(hours=1)
        assert {world.run().outcome for _ in range(2)} <= {Outcome.RENEWED, Outcome.CURRENT}
        state = world.record.stored
        assert world.secret.bundle
        assert state.current == described(world.secret.bundle)
        assert (state.failure, state.challenges, world.zone.published) == (None, (), {})
        assert len(world.authority.issued) == 2, "the first, and one more"


def run_with_a_fault(world: World, wrong: int, how: str) -> list[str]:
    """A run that is to renew, and whose call of this number goes wrong. The calls that it made."""
    before = world.secret.bundle
    world.pass_time(days=60)
    calls: list[str] = []
    record, secret, account, zone = (
        Faulty(port, calls, wrong, how) for port in (world.record, world.secret, world.account, world.zone)
    )
    untyped: Any = Issuer
    issuer = untyped(NAMES, world.authority, account, zone, lambda: world.trusted, lambda: world.at)
    keeper: Any = CertificateKeeper
    with suppress(DependencyUnavailable, SystemExit):
        keeper(record, secret, issuer, lambda: world.at).run()
    assert "write" in calls or world.secret.bundle == before
    return calls
