"""Who is over a limit, what it costs to know, and whom it concerns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.access import rate_limiter as use_case
from swiftcache.access.credentials import Credentials, bearer
from swiftcache.access.identity import Session
from swiftcache.access.rate_limiter import Rates, admit, admit_anybody
from swiftcache.access.rate_limits import KEY_LIMIT, REFUSED_LIMIT, WINDOW_SECONDS, RateLimitKey, public_at, refused_at
from swiftcache.platform.errors import NotAuthenticated, RateLimited
from swiftcache.platform.tokens import sha256
from tests.fakes.organizations import FakeAccounts
from tests.fakes.rate_counters import FakeCounts
from tests.fakes.sessions import FakeSessions
from tests.samples import NOW, an_account

WHO = RateLimitKey("key_1", 100, "requests", free=10)
LATER = NOW + timedelta(seconds=WINDOW_SECONDS)
ADDRESS, ELSEWHERE = "203.0.113.7", "203.0.113.8"


class Process:
    """One of those that share what they count, and the accounts."""

    def __init__(self, counts: FakeCounts, accounts: FakeAccounts | None = None) -> None:
        self.rates = Rates(lambda: counts)
        self.accounts = accounts or FakeAccounts()
        self.sessions = FakeSessions()

    def count(self, requests: int, limit_key: RateLimitKey = WHO) -> int:
        """How many of these requests may pass."""
        return passed(requests, lambda: self.rates.count(limit_key, limit_key.id, NOW))

    def ask(self, key: str, address: str = ADDRESS, at: object = NOW) -> str:
        """Asks with this key; how it ends."""
        return self.show(Credentials(account_key=key), address, at)

    def show(self, credentials: Credentials, address: str = ADDRESS, at: object = NOW) -> str:
        """Asks with these credentials; how it ends."""
        try:
            now = NOW if at is NOW else LATER
            admit(self.accounts, self.sessions, self.rates, credentials, address, "request-1", now)
        except (NotAuthenticated, RateLimited) as error:
            return error.code
        return "admitted"


def passed(requests: int, ask: Callable[[], None]) -> int:
    done = 0
    for _ in range(requests):
        try:
            ask()
        except RateLimited:
            continue
        done += 1
    return done


@pytest.fixture
def counts() -> FakeCounts:
    return FakeCounts()


@pytest.fixture
def process(counts: FakeCounts) -> Process:
    accounts = FakeAccounts()
    an_account(accounts, "org_1", "sk_live_1")
    an_account(accounts, "org_1", "sk_live_2")
    return Process(counts, accounts)


def test_exactly_the_limit_passes(process: Process) -> None:
    assert process.count(5 * WHO.limit) == WHO.limit


def test_up_to_a_tenth_of_the_limit_nobody_is_asked(process: Process, counts: FakeCounts) -> None:
    process.count(WHO.limit // 10)
    assert counts.asked == 0
    process.count(1)
    assert counts.asked == 1


def test_beyond_it_a_process_asks_now_and_then_and_tells_all_that_it_has_counted(
    process: Process, counts: FakeCounts
) -> None:
    process.count(WHO.limit)
    assert counts.asked < WHO.limit / 2
    assert max(counts.counted.values()) > 0.9 * WHO.limit


def test_who_is_over_costs_no_call_any_more(process: Process, counts: FakeCounts) -> None:
    process.count(WHO.limit + 1)
    asked = counts.asked
    assert process.count(10_000) == 0
    assert counts.asked == asked


def test_a_limit_does_not_concern_another_key(process: Process) -> None:
    process.count(2 * WHO.limit)
    assert process.count(WHO.limit, replace(WHO, id="key_2")) == WHO.limit


def test_many_processes_share_a_limit_but_for_a_tenth_of_each(counts: FakeCounts) -> None:
    processes = [Process(counts) for _ in range(8)]
    total = sum(process.count(1) for _ in range(10 * WHO.limit) for process in processes)
    assert WHO.limit <= total <= WHO.limit + len(processes) * WHO.limit // 10


def test_the_next_window_begins_with_nothing(process: Process) -> None:
    process.count(2 * WHO.limit)
    process.rates.count(WHO, WHO.id, LATER)


def test_who_was_over_is_asked_about_at_once_in_the_next_window(process: Process, counts: FakeCounts) -> None:
    process.count(2 * WHO.limit)
    asked = counts.asked
    process.rates.count(WHO, WHO.id, LATER)
    assert counts.asked == asked + 1


def test_a_refusal_says_when_to_come_back(process: Process) -> None:
    process.count(WHO.limit)
    with pytest.raises(RateLimited) as refused:
        process.rates.count(WHO, WHO.id, NOW + timedelta(seconds=2))
    assert refused.value.retry_after == 3  # NOW is 5.678 s after a window's beginning


def test_without_the_others_counts_nobody_is_kept_out_for_them(process: Process, counts: FakeCounts) -> None:
    counts.available = False
    assert process.count(2 * WHO.limit) == WHO.limit, "what this process counts itself is enough"
    assert counts.asked < WHO.limit


def test_what_a_process_remembers_is_bounded(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case, "MOST_REMEMBERED", 5)
    for number in range(100):
        process.count(2, replace(WHO, id=f"key_{number}", limit=0, free=0))
    assert len(process.rates._tallies) == len(process.rates._closed) == 5


def test_a_key_may_send_its_share(process: Process) -> None:
    answers = [process.ask("sk_live_1") for _ in range(KEY_LIMIT + 10)]
    assert answers == ["admitted"] * KEY_LIMIT + ["RATE_LIMITED"] * 10


def test_a_key_that_is_over_its_limit_is_not_looked_up_any_more(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(KEY_LIMIT + 1):
        process.ask("sk_live_1")
    monkeypatch.delattr(FakeAccounts, "identity")
    assert process.ask("sk_live_1", ELSEWHERE) == "RATE_LIMITED"


def test_another_key_of_the_same_address_goes_on(process: Process) -> None:
    for _ in range(KEY_LIMIT + 1):
        process.ask("sk_live_1")
    assert process.ask("sk_live_2") == "admitted"


def test_an_address_may_be_refused_so_often_and_then_is_told_to_wait(process: Process) -> None:
    answers = [process.ask(f"sk_live_guess_{number}") for number in range(REFUSED_LIMIT + 10)]
    assert answers == ["NOT_AUTHENTICATED"] * REFUSED_LIMIT + ["RATE_LIMITED"] * 10


def test_what_an_address_is_refused_harms_no_valid_key_there(process: Process) -> None:
    for number in range(3 * REFUSED_LIMIT):
        process.ask(f"sk_live_guess_{number}")
    assert process.ask("sk_live_1") == "admitted"


def test_what_an_address_is_refused_harms_no_other_address(process: Process) -> None:
    for number in range(3 * REFUSED_LIMIT):
        process.ask(f"sk_live_guess_{number}")
    assert process.ask("sk_live_guess_1", ELSEWHERE) == "NOT_AUTHENTICATED"


@pytest.mark.parametrize("key", ["sk_live_wrong", ""])
def test_beyond_its_limit_an_address_is_refused_the_same_key_without_a_look(
    process: Process, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    for _ in range(REFUSED_LIMIT + 1):
        process.ask(key)
    monkeypatch.delattr(FakeAccounts, "identity")
    assert process.ask(key) == "RATE_LIMITED"


def test_a_key_that_is_made_after_it_was_refused_works_in_the_next_window(process: Process) -> None:
    for _ in range(REFUSED_LIMIT + 1):
        process.ask("sk_live_3")
    an_account(process.accounts, "org_3", "sk_live_3")
    assert process.ask("sk_live_3", at=LATER) == "admitted"


def test_nobody_can_use_up_anothers_share_by_guessing(process: Process) -> None:
    for _ in range(2 * KEY_LIMIT):
        process.ask("sk_live_guess")
    assert [process.ask("sk_live_1") for _ in range(KEY_LIMIT)] == ["admitted"] * KEY_LIMIT


def test_what_is_public_is_counted_by_address(process: Process) -> None:
    limit = public_at(ADDRESS).limit
    assert passed(2 * limit, lambda: admit_anybody(process.rates, ADDRESS, NOW)) == limit
    admit_anybody(process.rates, ELSEWHERE, NOW)
    assert process.ask("sk_live_1") == "admitted"
    assert process.ask("sk_live_guess") == "NOT_AUTHENTICATED"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer \ud800", "é"])
def test_whatever_is_wrong_with_a_key_the_same_look_up_is_made(
    process: Process, monkeypatch: pytest.MonkeyPatch, header: str | None
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(process.accounts, "identity", lambda key, _: looked.append(key))
    credentials = Credentials(account_key=bearer(header))
    with pytest.raises(NotAuthenticated):
        admit(process.accounts, process.sessions, process.rates, credentials, ADDRESS, "request-1", NOW)
    assert len(looked) == 1
    assert len(looked[0]) == len(sha256(""))
    assert refused_at(ADDRESS).id in process.rates._tallies


def signed_in(process: Process, key: str, token: str, expires_at: str = "9999") -> Credentials:
    process.sessions.begin(sha256(token), Session(sha256(key), expires_at))
    return Credentials(session_token=token)


def test_a_session_is_its_account_key(process: Process) -> None:
    credentials = signed_in(process, "sk_live_1", "token")
    by_key = Credentials(account_key="sk_live_1")
    ask = (ADDRESS, "request-1", NOW)
    session = admit(process.accounts, process.sessions, process.rates, credentials, *ask)
    assert replace(session, session=None) == admit(process.accounts, process.sessions, process.rates, by_key, *ask)


def test_a_key_and_all_of_its_sessions_have_one_share_together(process: Process) -> None:
    shown = [Credentials(account_key="sk_live_1"), *(signed_in(process, "sk_live_1", f"{n}") for n in range(3))]
    answers = [process.show(shown[number % 4]) for number in range(KEY_LIMIT)]
    assert answers == ["admitted"] * KEY_LIMIT
    assert {process.show(one) for one in shown} == {"RATE_LIMITED"}
    assert process.show(signed_in(process, "sk_live_2", "another's")) == "admitted"


def test_who_guesses_sessions_is_told_to_wait_as_soon_as_who_guesses_keys(process: Process) -> None:
    valid = signed_in(process, "sk_live_1", "token")
    answers = [process.show(Credentials(session_token=f"guess {number}")) for number in range(REFUSED_LIMIT + 10)]
    assert answers == ["NOT_AUTHENTICATED"] * REFUSED_LIMIT + ["RATE_LIMITED"] * 10
    assert process.ask("sk_live_guess") == "RATE_LIMITED", "it is the same share"
    assert process.show(valid) == "admitted"


def test_a_key_that_is_sent_as_a_session_often_is_not_kept_out(process: Process) -> None:
    for _ in range(REFUSED_LIMIT + 1):
        process.show(Credentials(session_token="sk_live_1"))
    assert process.ask("sk_live_1") == "admitted"


@pytest.mark.parametrize("token", ["wrong", "sk_live_1", "\ud800", "é"])
def test_whatever_is_wrong_with_a_session_one_look_up_is_made(
    process: Process, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(process.sessions, "find", lambda token, _: looked.append(token))
    monkeypatch.delattr(FakeAccounts, "identity")
    assert process.show(Credentials(session_token=token)) == "NOT_AUTHENTICATED"
    assert looked == [sha256(token)]


def test_the_use_of_a_session_is_noted_as_its_account_keys(process: Process) -> None:
    process.show(signed_in(process, "sk_live_1", "token"))
    assert set(process.accounts.uses) == {sha256("sk_live_1")}


def test_no_secret_is_in_what_an_error_would_show_of_credentials() -> None:
    assert "secret" not in repr(Credentials("secret", "secret"))
