"""What clients did, told from what Redis counts, whatever happens between two scrapes."""

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from swiftcache.metrics.model import Aggregate, CounterState, diff_counters, hour_of, step_of
from swiftcache.platform.counters import NOTHING, Counters
from tests.fakes.metrics import FIGURES, OWN, FakeReader, FakeRedis
from tests.samples import AT, an_instance

LOAD = Counters(10, 1000, 5000, 5, 2, 1, 3, 4, 6, 7)

amounts = st.integers(min_value=0, max_value=10**12)
loads = st.builds(Counters, amounts, amounts, amounts, amounts, amounts, amounts)
shares = st.builds(Counters, st.integers(0, 50), st.integers(0, 9000), st.integers(0, 9000))


def sample_of(server: FakeRedis, state: CounterState) -> tuple[Counters, CounterState]:
    instance = an_instance()
    sample = FakeReader({instance.id: server}).read(instance, server.password, connections=True)
    return diff_counters(state, sample, AT)


def test_the_first_scrape_counts_all_but_our_preparation() -> None:
    server = FakeRedis()
    server.serve(LOAD)
    assert sample_of(server, CounterState())[0] == LOAD


def test_a_scrape_counts_what_came_since_the_last() -> None:
    server = FakeRedis()
    server.serve(LOAD)
    _, state = sample_of(server, CounterState())
    server.serve(LOAD)
    counted, state = sample_of(server, state)
    assert (counted, state.totals) == (LOAD, LOAD + LOAD)


def test_an_idle_redis_counts_nothing() -> None:
    server = FakeRedis()
    _, state = sample_of(server, CounterState())
    assert sample_of(server, state)[0] == NOTHING


def test_a_new_process_counts_from_its_start() -> None:
    old, new = FakeRedis(), FakeRedis(run_id="run-2")
    old.serve(LOAD + LOAD)
    _, state = sample_of(old, CounterState())
    new.serve(LOAD)
    counted, state = sample_of(new, state)
    assert (counted, state.totals, state.retired) == (LOAD, LOAD + LOAD + LOAD, "run-1")


def test_counters_that_went_back_count_from_zero() -> None:
    server = FakeRedis()
    server.serve(LOAD + LOAD)
    _, state = sample_of(server, CounterState())
    server.counted = LOAD
    assert sample_of(server, state)[0] == LOAD


def test_what_we_noted_is_taken_off() -> None:
    server = FakeRedis()
    _, state = sample_of(server, CounterState())
    server.serve(LOAD + OWN)
    assert sample_of(server, replace(state, noted=OWN))[0] == LOAD


def test_what_is_noted_late_is_taken_off_later() -> None:
    server = FakeRedis()
    _, state = sample_of(server, CounterState())
    server.serve(OWN)
    early, state = sample_of(server, state)
    idle, state = sample_of(server, replace(state, noted=OWN))
    server.serve(LOAD)
    late, _ = sample_of(server, state)
    assert (idle, early + late) == (NOTHING, LOAD)


def test_a_scrape_keeps_the_figures_and_the_time() -> None:
    _, state = sample_of(FakeRedis(), CounterState())
    assert (state.live, state.at, state.sequence) == (FIGURES, AT, 1)


events = st.lists(
    st.one_of(
        loads.map(lambda load: ("serve", load)),
        shares.map(lambda share: ("inspect", share)),
        st.just(("scrape", NOTHING)),
        st.just(("replace", NOTHING)),
        st.just(("lose the scrape", NOTHING)),
    ),
    max_size=30,
)


@given(events)
def test_whatever_happens_the_sums_are_what_clients_did(happened: list[tuple[str, Counters]]) -> None:
    server, state, runs = FakeRedis(), CounterState(), 1
    served, lost, summed = NOTHING, NOTHING, NOTHING
    for event, amount in [*happened, ("scrape", NOTHING)]:
        if event == "serve":
            served += amount
            server.serve(amount)
        elif event == "inspect":
            server.serve(amount)
            state = replace(state, noted=state.noted + amount)
        elif event == "lose the scrape":
            sample_of(server, state)
            lost += OWN
        else:
            counted, state = sample_of(server, state)
            assert min(astuple(counted)) >= 0
            summed += counted
            if event == "replace":
                runs += 1
                server = FakeRedis(run_id=f"run-{runs}")
    # A scrape that was lost leaves its own share behind, and nothing else does.
    assert summed.at_most(served + lost) == summed
    assert summed.at_least(served) == summed
    assert state.totals == summed


def test_an_hour_begins_on_the_hour_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    assert hour_of(datetime(2024, 3, 15, 12, 59, 59, 999999, tzinfo=berlin)) == "2024-03-15T10:00:00Z"


def test_a_step_is_five_minutes_of_the_clock_in_utc() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert step_of(datetime(2024, 3, 15, 15, 59, 59, 999999, tzinfo=kathmandu)) == "2024-03-15T10:10:00Z"
    assert step_of(datetime(2024, 3, 15, 10, 15, tzinfo=UTC)) == "2024-03-15T10:15:00Z"


def test_no_look_up_is_no_ratio() -> None:
    assert replace(FIGURES, hits=0, misses=0).hit_ratio is None


def test_the_ratio_is_of_all_look_ups() -> None:
    assert FIGURES.hit_ratio == 0.75


def test_notes_that_expired_and_began_anew_are_settled_anew() -> None:
    settled = CounterState(noted_since="2026-01-01T00:00:00Z", settled=OWN)
    assert settled.with_notes(OWN + OWN, "2026-01-01T00:00:00Z").settled == OWN
    assert settled.with_notes(OWN, "2026-01-09T00:00:00Z").settled == NOTHING
    assert CounterState(settled=OWN).with_notes(OWN, "2026-01-09T00:00:00Z").settled == OWN


def test_an_hour_is_closed_once_a_scrape_came_after_it() -> None:
    hours = {"2026-01-02T02:00:00Z": LOAD, "2026-01-02T03:00:00Z": LOAD}
    ends = {"2026-01-02T02:00:00Z": FIGURES.gauges}
    state = CounterState(at=AT, hours=hours, ends=ends)
    assert state.closed_hours == {"2026-01-02T02:00:00Z": Aggregate(LOAD, FIGURES.gauges)}
    left = state.without(state.closed_hours)
    assert (left.hours, left.ends) == ({"2026-01-02T03:00:00Z": LOAD}, {})
