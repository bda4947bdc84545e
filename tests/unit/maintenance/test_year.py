"""A year of a fleet: four certificates, three images, two retired tasks and a lost zone."""

import pytest

from swiftcache.instances.change import ChangeReason
from swiftcache.instances.status import Status
from swiftcache.rollouts.model import RolloutStatus
from tests.unit.maintenance.year import IMAGES, ISSUED, LOST, RETIRED, Year

COUNT = 40


@pytest.fixture(scope="module")
def year() -> Year:
    year = Year(COUNT)
    year.play()
    return year


def test_every_instance_serves_at_the_end_with_the_last_image_and_the_last_certificate(year: Year) -> None:
    current = year.certificates.state().current
    assert current
    for instance in year.all:
        assert instance.status is Status.RUNNING
        assert instance.version == year.version == list(IMAGES.values())[-1]
        assert instance.serves
        assert instance.serves.sha256_fingerprint == current.sha256_fingerprint
        assert instance.pending_maintenance == ()


def test_no_certificate_ends_while_it_is_served_and_aws_stops_no_task_that_serves(year: Year) -> None:
    assert year.tally.expired == []
    assert year.tally.stopped_by_aws == []


def test_nothing_begins_outside_a_window_before_its_deadline_makes_it(year: Year) -> None:
    assert year.tally.outside == []


def test_each_image_is_a_rollout_that_succeeds(year: Year) -> None:
    assert [rollout.status for rollout in year.rollouts.ended()] == [RolloutStatus.SUCCEEDED] * len(IMAGES)


def test_a_replacement_for_one_reason_is_one_for_the_others_too(year: Year) -> None:
    reasons = year.tally.reasons
    assert reasons[ChangeReason.IMAGE] <= COUNT * len(IMAGES)
    assert reasons[ChangeReason.CERTIFICATE] <= COUNT * len(ISSUED)
    assert 0 < reasons[ChangeReason.RETIREMENT] <= len(RETIRED)
    assert COUNT * len(ISSUED) <= year.tally.replacements < COUNT * (len(ISSUED) + len(IMAGES)) + len(RETIRED)


def test_replacements_that_failed_were_tried_again_and_a_rollout_that_stopped_for_them_went_on(year: Year) -> None:
    assert year.tally.failed > 0
    assert year.tally.resumed > 0


def test_who_was_in_the_lost_zone_was_recovered_once_in_another(year: Year) -> None:
    assert 0 < year.tally.recoveries < COUNT
    assert LOST in year.zones.values()
