"""Windows of time, and who is counted in them."""

from datetime import UTC, datetime

import pytest

from swiftcache.access.rate_limits import public_at, refused_at, seconds_left, window_of


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "window"), [(0, 0), (9.999, 0), (10, 1), (1_767_323_045.678, 176_732_304)])
def test_a_window_lasts_ten_seconds(seconds: float, window: int) -> None:
    assert window_of(at(seconds)) == window


@pytest.mark.parametrize(("seconds", "left"), [(10, 10), (10.001, 10), (11, 9), (18.5, 2), (19.999, 1)])
def test_what_is_left_of_a_window_is_told_in_whole_seconds_and_never_too_short(seconds: float, left: int) -> None:
    assert seconds_left(at(seconds)) == left
    assert window_of(at(seconds + left)) > window_of(at(seconds))


def test_who_has_one_ipv6_address_has_its_neighbours_too() -> None:
    assert refused_at("2001:db8::1") == refused_at("2001:db8::ffff:2")
    assert refused_at("2001:db8::1") != refused_at("2001:db8:0:1::1")


def test_an_ipv4_address_is_counted_by_itself() -> None:
    assert refused_at("203.0.113.7") != refused_at("203.0.113.8")


def test_what_is_public_and_what_is_refused_are_counted_apart() -> None:
    assert public_at("203.0.113.7").id != refused_at("203.0.113.7").id
