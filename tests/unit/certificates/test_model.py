"""When a certificate is renewed, and when a running task needs the new one."""

from datetime import UTC, datetime, timedelta

import pytest

from swiftcache.certificates.model import (
    LONGEST_PAUSE,
    CurrentCertificate,
    RenewalFailure,
    is_due,
    names_of,
    needs_renewal,
)
from swiftcache.instances.certificate import Certificate
from swiftcache.platform.timestamps import timestamp

BEGINS = datetime(2026, 3, 1, tzinfo=UTC)
LIFE = timedelta(days=90)
NAMES = ("*.redis.example.com",)
CURRENT = CurrentCertificate(timestamp(BEGINS + LIFE), "new", timestamp(BEGINS), NAMES)


def failed(at: datetime, tries: int) -> RenewalFailure:
    return RenewalFailure("REFUSED", "no", timestamp(at), timestamp(at), tries)


def served(ends: datetime, fingerprint: str = "old") -> Certificate:
    return Certificate(timestamp(ends), fingerprint)


@pytest.mark.parametrize(("days", "due"), [(0, False), (59.9, False), (60, True), (91, True)])
def test_it_is_renewed_when_a_third_of_its_life_is_left(days: float, due: bool) -> None:
    assert is_due(CURRENT, NAMES, BEGINS + timedelta(days=days)) is due


def test_one_that_is_missing_or_lacks_a_name_is_renewed_at_once() -> None:
    assert is_due(None, NAMES, BEGINS)
    assert is_due(CURRENT, (*NAMES, "*.redis.example.org"), BEGINS)
    assert not is_due(CURRENT, (), BEGINS)


def test_each_domain_has_one_name() -> None:
    assert names_of(("example.com", "example.org", "example.com")) == ("*.redis.example.com", "*.redis.example.org")


@pytest.mark.parametrize(("left", "needed"), [(31, False), (30, True), (1, True), (-1, True)])
def test_a_task_needs_the_new_one_when_a_third_of_a_life_is_left_of_what_it_serves(left: float, needed: bool) -> None:
    assert needs_renewal(served(BEGINS + timedelta(days=left)), CURRENT, BEGINS) is needed


def test_a_task_that_serves_the_current_one_needs_no_other() -> None:
    assert not needs_renewal(served(CURRENT.ends, "new"), CURRENT, CURRENT.ends)


def test_a_task_is_not_given_one_that_ends_sooner() -> None:
    assert not needs_renewal(served(CURRENT.ends + timedelta(days=1)), CURRENT, CURRENT.ends)


def test_what_is_not_known_needs_nothing() -> None:
    assert not needs_renewal(None, CURRENT, BEGINS)
    assert not needs_renewal(served(BEGINS), None, BEGINS)


def test_each_try_that_fails_is_followed_by_a_longer_pause_up_to_a_day() -> None:
    pauses = [
        failed(BEGINS, tries).next_try(current) - BEGINS for tries in (1, 2, 3, 100) for current in (None, CURRENT)
    ]
    assert pauses == [
        each
        for pause in (timedelta(minutes=50), timedelta(minutes=100), timedelta(minutes=200), LONGEST_PAUSE)
        for each in (pause, pause)
    ]


def test_the_pause_leaves_two_thirds_of_what_is_left_and_is_none_after_the_end() -> None:
    ends = CURRENT.ends
    moments = [ends - timedelta(days=3), ends - timedelta(hours=30), ends - timedelta(minutes=3), ends + LIFE]
    assert [failed(at, 100).next_try(CURRENT) - at for at in moments] == [
        *(timedelta(days=1), timedelta(hours=10), timedelta(minutes=1), timedelta())
    ]


def test_a_certificate_of_six_days_is_tried_again_often_enough_after_an_authority_was_away_for_a_day() -> None:
    life = timedelta(days=6)
    short = CurrentCertificate(timestamp(BEGINS + life), "new", timestamp(BEGINS), NAMES)
    tries, at = 0, BEGINS + life * 2 / 3
    while at < BEGINS + life * 2 / 3 + timedelta(hours=32):
        tries += 1
        at = failed(at, tries).next_try(short)
    assert short.ends - at > timedelta(hours=8)
