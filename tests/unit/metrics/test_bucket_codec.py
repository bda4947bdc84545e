"""Counter states as bytes: small, and the same again."""

import json
import random
import secrets
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.metrics.bucket_codec import (
    in_snapshot,
    packed,
    packed_ends,
    packed_later,
    packed_snapshot,
    unpacked,
)
from swiftcache.metrics.buckets import BUCKETS, SPREAD, Owned, bucket_of, buckets_of
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import Aggregate, CounterState, Gauges, LiveFigures
from swiftcache.platform.counters import Counters
from swiftcache.platform.tokens import new_id
from tests.samples import AT

amounts = st.integers(min_value=-(10**6), max_value=10**15)
counters = st.builds(Counters, *[amounts] * 10)
ours = st.builds(Counters, *[amounts] * 6)
gauges = st.builds(Gauges, *[amounts] * 3)
states = st.builds(
    CounterState,
    sequence=st.integers(0, 10**9),
    run_id=st.text(),
    retired=st.text(),
    at=st.just(AT),
    counters=counters,
    totals=counters,
    noted_since=st.text(),
    settled=ours,
    live=st.none() | st.builds(LiveFigures, *[amounts] * 8),
    key_use=st.dictionaries(st.text(), st.builds(KeyUse, st.text(), st.integers(0, 100)), max_size=2),
    hours=st.dictionaries(st.text(), counters, max_size=2),
    ends=st.dictionaries(st.text(), gauges, max_size=2),
)


@given(st.dictionaries(st.builds(Owned, st.text(), st.text()), states, max_size=3))
def test_what_is_packed_comes_out_as_it_was(kept: dict[Owned, CounterState]) -> None:
    assert unpacked(packed(kept), packed_later(kept), packed_ends(kept)) == kept


@given(st.dictionaries(st.text(), st.builds(Aggregate, counters, st.none() | gauges), max_size=4))
def test_each_instance_is_found_in_a_snapshot(snapshot: dict[str, Aggregate]) -> None:
    kept = packed_snapshot(snapshot)
    assert {name: in_snapshot(kept, name) for name in snapshot} == snapshot
    assert in_snapshot(kept, "another") == snapshot.get("another")


@given(st.dictionaries(st.builds(Owned, st.text(), st.text()), states, max_size=3))
def test_a_row_has_the_counters_that_it_always_had_so_that_the_release_before_reads_it(
    kept: dict[Owned, CounterState],
) -> None:
    form, rows = json.loads(zlib.decompress(packed(kept)))
    assert form == 1
    for row in rows:
        _, _, _, _, _, _, counters, totals, _, settled, live, _, hours = row
        assert {len(each) for each in (counters, totals, settled, *(sums for _, *sums in hours))} <= {0, 6}
        assert live is None or len(live) == 8


def test_what_the_release_before_has_stored_is_read_and_begins_at_nothing() -> None:
    owned, hour = Owned("org_1", "inst_a1"), "2026-01-02T03:00:00Z"
    totals = Counters(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    state = CounterState(sequence=1, totals=totals, hours={hour: totals}, ends={hour: Gauges(1, 2, 3)})
    first = Counters(1, 2, 3, 4, 5, 6)
    assert unpacked(packed({owned: state}), None, None)[owned] == CounterState(
        sequence=1, totals=first, hours={hour: first}
    )


def test_instances_of_which_no_connection_was_closed_take_no_more_room() -> None:
    owned, state = Owned("org_1", "inst_a1"), CounterState(sequence=1, totals=Counters(1, 2, 3, 4, 5, 6))
    assert packed_later({owned: state}) == packed_later({})


def test_instances_of_which_no_hour_waits_take_no_more_room() -> None:
    states = {Owned("org_1", f"inst_{number}"): CounterState(sequence=1) for number in range(80)}
    assert len(packed_ends(states)) < 30


def test_a_form_of_later_code_is_refused_and_not_misread() -> None:
    with pytest.raises(ValueError, match="form 2"):
        unpacked(zlib.compress(json.dumps([2, []]).encode()), None, None)


def test_a_state_takes_less_than_220_bytes_beside_others() -> None:
    draw = random.Random(1).randrange

    def drawn() -> Counters:
        return Counters(draw(10**8), draw(10**10), draw(10**10), draw(10**8), draw(10**7), draw(10**5))

    kept = {
        Owned(new_id("org"), new_id("inst")): CounterState(
            sequence=draw(10**5),
            run_id=secrets.token_hex(20),
            at=AT,
            counters=drawn(),
            totals=drawn(),
            live=LiveFigures(*(draw(10**8) for _ in range(8))),
            key_use={new_id("key"): KeyUse("2026-01-02T03:04:00Z", 2)},
            hours={"2026-01-02T03:00:00Z": drawn()},
        )
        for _ in range(80)
    }
    assert len(packed(kept)) / 80 < 220


def test_an_instance_takes_less_than_75_bytes_of_a_snapshot() -> None:
    draw = random.Random(1).randrange

    def drawn() -> Aggregate:
        sums = Counters(draw(10**7), draw(10**9), draw(10**9), draw(10**7), draw(10**6), draw(10**4))
        return Aggregate(sums, Gauges(draw(10**8), draw(50), draw(10**5)))

    assert len(packed_snapshot({new_id("inst"): drawn() for _ in range(80)})) / 80 < 75


def test_an_instance_is_in_one_of_its_owners_buckets() -> None:
    owners = [new_id("org") for _ in range(50)]
    for owner in owners:
        mine = {bucket_of(owner, new_id("inst")) for _ in range(500)}
        assert mine == set(buckets_of(owner))
        assert len(mine) == SPREAD
    assert all(0 <= number < BUCKETS for owner in owners for number in buckets_of(owner))


def test_a_bucket_stays_the_one_that_it_is() -> None:
    """What is stored lies there, whichever process and version of Python looks for it."""
    assert [bucket_of("org_1", "inst_a1"), bucket_of("org_pool", "inst_a1")] == [153, 37]
