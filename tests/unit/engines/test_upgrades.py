"""Which ways lead from one engine to another, and which do not."""

from dataclasses import replace

import pytest

from swiftcache.engines.compatibility import loads, newest_rdb
from swiftcache.engines.model import EngineName, Offer
from swiftcache.engines.upgrades import is_earlier_patch, no_way, older_than_running, target_of
from swiftcache.platform.errors import InvalidRequest
from tests.samples import OFFERS

REDIS, VALKEY = EngineName.REDIS, EngineName.VALKEY
VALKEY_9 = Offer(VALKEY, "9.1.2", default=False, end_of_life=None)


@pytest.mark.parametrize(
    ("running", "wanted", "version", "found"),
    [
        ("7.0.15", None, None, None),
        ("7.2.16", REDIS, None, None),
        ("7.2.4", None, "7.2", None),
        ("7.2.16", None, "7.2.16", None),
        ("7.2.4", None, "7.2.16", "redis 7.2.16"),
        ("7.0.15", None, "7.2", "redis 7.2.16"),
        ("7.0.15", REDIS, "7.2.16", "redis 7.2.16"),
        ("7.0.15", VALKEY, None, "valkey 8.1.10"),
        ("7.0.15", VALKEY, "8.1", "valkey 8.1.10"),
        (None, VALKEY, None, "valkey 8.1.10"),
        (None, None, "7.2", "redis 7.2.16"),
    ],
)
def test_a_change_leads_to_what_is_offered_and_not_to_what_runs_already(
    running: str | None, wanted: EngineName | None, version: str | None, found: str | None
) -> None:
    target = target_of(OFFERS, REDIS, running, wanted, version)
    assert (str(target) if target else None) == found


def test_what_is_not_offered_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        target_of(OFFERS, REDIS, "7.2.16", None, "8.1")


@pytest.mark.parametrize(
    ("engine", "running", "target"),
    [
        (REDIS, "7.0.15", OFFERS.all[0]),
        (REDIS, "7.2.4", OFFERS.all[0]),
        (REDIS, "6.2.14", OFFERS.all[1]),
        (REDIS, "7.0.15", OFFERS.all[1]),
        (REDIS, "7.2.16", OFFERS.all[1]),
        (REDIS, "7.2.16", VALKEY_9),
        (VALKEY, "8.0.1", OFFERS.all[1]),
        (VALKEY, "8.1.10", VALKEY_9),
    ],
    ids=str,
)
def test_there_is_a_way_to_what_reads_what_is_written(engine: EngineName, running: str, target: Offer) -> None:
    assert no_way(engine, running, target) is None


@pytest.mark.parametrize(
    ("engine", "running", "target", "why"),
    [
        (VALKEY, "8.0.1", OFFERS.all[0], "no way back"),
        (VALKEY, "9.1.2", OFFERS.all[1], "older than what it runs"),
        (VALKEY, "8.1.11", OFFERS.all[1], "older than what it runs"),
        (REDIS, "7.4.6", OFFERS.all[1], "RDB version 12"),
        (REDIS, "8.2.2", OFFERS.all[1], "RDB version 12"),
        (REDIS, "7.4.6", OFFERS.all[0], "older than what it runs"),
        (REDIS, None, OFFERS.all[1], "not known yet which version of redis"),
        (REDIS, "7.2.16", replace(OFFERS.all[1], version=None), "not known yet which version of valkey"),
    ],
)
def test_a_way_that_does_not_exist_is_refused_with_the_reason(
    engine: EngineName, running: str | None, target: Offer, why: str
) -> None:
    found = no_way(engine, running, target)
    assert found
    assert why in found


def test_no_task_is_started_of_an_older_image_or_of_none() -> None:
    assert older_than_running(OFFERS, REDIS, "7.2.16") is None
    assert older_than_running(OFFERS, REDIS, "7.0.15") is None
    assert older_than_running(OFFERS, REDIS, None) is None
    found = older_than_running(OFFERS, REDIS, "7.2.17")
    assert found == "the image is of redis 7.2.16, and the instance runs 7.2.17"
    assert older_than_running(OFFERS, REDIS, "7.4.6", may_go_back=True) == (
        "the image is of redis 7.2.16, and the instance runs 7.4.6"
    )
    without = replace(OFFERS, all=OFFERS.all[:1])
    assert older_than_running(without, VALKEY, "8.1.10") == "there is no image of valkey here any more"


def test_who_may_go_back_gets_an_earlier_patch_of_the_line_which_reads_the_same_data() -> None:
    assert older_than_running(OFFERS, REDIS, "7.2.17", may_go_back=True) is None
    assert older_than_running(OFFERS, REDIS, "7.2.4", may_go_back=True) is None
    for line in ("7.0", "7.2", "7.4"):
        assert newest_rdb("redis", f"{line}.1") == newest_rdb("redis", f"{line}.99")


@pytest.mark.parametrize(
    ("version", "running", "is_earlier"),
    [
        ("7.2.16", "7.2.17", True),
        ("7.2.9", "7.2.10", True),
        ("7.2.17", "7.2.17", False),
        ("7.2.17", "7.2.16", False),
        ("7.0.15", "7.2.16", False),
        ("8.1.9", "9.1.10", False),
    ],
)
def test_an_earlier_patch_is_a_lower_number_of_the_same_line(version: str, running: str, is_earlier: bool) -> None:
    assert is_earlier_patch(version, running) is is_earlier


def test_an_engine_that_is_not_known_is_taken_to_read_everything() -> None:
    assert newest_rdb("garnet", "1.0") is None
    assert loads("garnet", "1.0", 99)
