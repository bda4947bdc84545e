"""The counter states of a bucket as a few bytes, and back.

A state is a row without names, so that the rows of a bucket look alike and zlib makes them smaller by half. `FORM`
leads, for whoever changes what is in a row.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import CounterState, LiveFigures
from swiftcache.platform.counters import NOTHING, Counters

FORM = 1

_COUNTERS = tuple(each.name for each in fields(Counters))
_LIVE = tuple(each.name for each in fields(LiveFigures))


def packed(states: Mapping[Owned, CounterState]) -> bytes:
    """All of them but what is noted, which is kept apart."""
    rows = [_row(owned, state) for owned, state in sorted(states.items(), key=lambda each: each[0])]
    return zlib.compress(json.dumps([FORM, rows], separators=(",", ":")).encode())


def unpacked(kept: bytes) -> dict[Owned, CounterState]:
    """Raises ValueError for a form that this code does not know."""
    form, rows = json.loads(zlib.decompress(kept))
    if form != FORM:
        raise ValueError(f"counter states of the form {form}")
    return dict(map(_state, rows))


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
        [getattr(state.live, name) for name in _LIVE] if state.live else None,
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


def _numbers(counters: Counters) -> list[int]:
    """Nothing at all is no numbers."""
    return [] if counters == NOTHING else [getattr(counters, name) for name in _COUNTERS]


def _counters(numbers: Iterable[int]) -> Counters:
    return Counters(*numbers)
