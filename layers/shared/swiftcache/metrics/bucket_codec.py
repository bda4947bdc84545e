"""The counter states of a bucket as a few bytes, and back.

A state is a row without names, so that the rows of a bucket look alike and zlib makes them smaller by half. `FORM`
leads, for whoever changes what is in a row.

Rows have the counters that were there from the beginning, since a row with more of them could not be read by the
release before. Counters that came later lie apart, and of most instances there are none. So do the gauges with which
hours ended, until the hours are stored.

A snapshot is the hour of each of a bucket's instances, as far as it had come.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import LIVE_FIRST, Aggregate, CounterState, Gauges, LiveFigures
from swiftcache.platform.counters import FIRST, NOTHING, Counters

FORM = 1

_LATER = tuple(each.name for each in fields(Counters) if each.name not in FIRST)
_GAUGES = tuple(each.name for each in fields(Gauges))


def packed(states: Mapping[Owned, CounterState]) -> bytes:
    """All of them but what is noted, which is kept apart, and but what `packed_later` has."""
    return _packed(_row(owned, state) for owned, state in _sorted(states))


def packed_later(states: Mapping[Owned, CounterState]) -> bytes:
    """The counters that came later, of those that have any."""
    rows = ((owned, _later(state)) for owned, state in _sorted(states))
    return _packed([owned.organization_id, owned.instance_id, *later] for owned, later in rows if any(later))


def packed_ends(states: Mapping[Owned, CounterState]) -> bytes:
    """The gauges with which hours ended that are kept nowhere else yet, in the order of the rows: ids would be most of
    it."""
    return _packed([[hour, *_held(gauges)] for hour, gauges in state.ends.items()] for _, state in _sorted(states))


def unpacked(kept: bytes, later: bytes | None, ends: bytes | None) -> dict[Owned, CounterState]:
    """`later` and `ends` are None where code has stored them that does not know of these. Raises ValueError for a form
    that this code does not know."""
    found = dict(map(_state, _rows(kept)))
    for owner, instance, *counters in _rows(later) if later else []:
        owned = Owned(owner, instance)
        found[owned] = _with_later(found[owned], *counters)
    if ends:
        for owned, hours in zip(found, _rows(ends), strict=True):
            found[owned] = replace(found[owned], ends={hour: Gauges(*held) for hour, *held in hours})
    return found


def packed_snapshot(snapshot: Mapping[str, Aggregate]) -> bytes:
    return _packed(
        [instance, _held(so_far.gauges) if so_far.gauges else [], *_numbers(so_far.counters, FIRST + _LATER)]
        for instance, so_far in sorted(snapshot.items())
    )


def in_snapshot(kept: bytes, instance_id: str) -> Aggregate | None:
    """None if it was not read in that step, and nothing was done in the hour so far."""
    for instance, held, *sums in _rows(kept):
        if instance == instance_id:
            return Aggregate(_and_later(_counters(sums[: len(FIRST)]), sums[len(FIRST) :]), _gauges(held))
    return None


def _packed(rows: Iterable[list[Any]]) -> bytes:
    return zlib.compress(json.dumps([FORM, list(rows)], separators=(",", ":")).encode())


def _rows(kept: bytes) -> list[list[Any]]:
    form, rows = json.loads(zlib.decompress(kept))
    if form != FORM:
        raise ValueError(f"counter states of the form {form}")
    found: list[list[Any]] = rows
    return found


def _sorted(states: Mapping[Owned, CounterState]) -> list[tuple[Owned, CounterState]]:
    return sorted(states.items(), key=lambda each: each[0])


def _row(owned: Owned, state: CounterState) -> list[Any]:
    return [
        owned.organization_id,
        owned.instance_id,
        state.sequence,
        state.run_id,
        state.retired,
        state.at,
        _numbers(state.counters),
        _numbers(state.totals),
        state.noted_since,
        _numbers(state.settled),
        [getattr(state.live, name) for name in LIVE_FIRST] if state.live else None,
        [[key, use.last_used_at, use.connections] for key, use in state.key_use.items()],
        [[hour, *_numbers(sums)] for hour, sums in state.hours.items()],
    ]


def _state(row: list[Any]) -> tuple[Owned, CounterState]:
    owner, instance, sequence, run_id, retired, at, counters, totals, since, settled, live, keys, hours = row
    return Owned(owner, instance), CounterState(
        sequence=sequence,
        run_id=run_id,
        retired=retired,
        at=at,
        counters=_counters(counters),
        totals=_counters(totals),
        noted_since=since,
        settled=_counters(settled),
        live=LiveFigures(*live) if live else None,
        key_use={key: KeyUse(used, connections) for key, used, connections in keys},
        hours={hour: _counters(sums) for hour, *sums in hours},
    )


def _later(state: CounterState) -> list[Any]:
    """Of the process and in all, and of the hours that have any. Our own conversations have none of them."""
    hours = [[hour, *later] for hour, sums in state.hours.items() if (later := _numbers(sums, _LATER))]
    return [_numbers(state.counters, _LATER), _numbers(state.totals, _LATER), hours]


def _with_later(state: CounterState, counters: list[int], totals: list[int], hours: list[list[Any]]) -> CounterState:
    return replace(
        state,
        counters=_and_later(state.counters, counters),
        totals=_and_later(state.totals, totals),
        hours={**state.hours, **{hour: _and_later(state.hours.get(hour, NOTHING), sums) for hour, *sums in hours}},
    )


def _and_later(counters: Counters, numbers: list[int]) -> Counters:
    return replace(counters, **dict(zip(_LATER, numbers, strict=False)))


def _numbers(counters: Counters, names: tuple[str, ...] = FIRST) -> list[int]:
    """Nothing at all is no numbers."""
    found: list[int] = [getattr(counters, name) for name in names]
    return found if any(found) else []


def _counters(numbers: Iterable[int]) -> Counters:
    return Counters(*numbers)


def _held(gauges: Gauges) -> list[int]:
    return [getattr(gauges, name) for name in _GAUGES]


def _gauges(held: list[int]) -> Gauges | None:
    return Gauges(*held) if held else None
