"""Settings of Redis: what may be chosen, in which words, and how it is kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.instances.capacity import Capacity
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.contract import CreateInstanceRequest
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.settings import DEFAULT_SETTINGS, NOTIFY, SETTINGS, Number, Settings, canonical_events
from swiftcache.instances.sizes import SIZES
from swiftcache.platform.errors import InvalidRequest
from swiftcache.redis.options import redis_options
from tests.samples import AT, an_instance

CHOSEN = DEFAULT_SETTINGS.changed({"timeout": 300, "lazyfree-lazy-expire": True, NOTIFY: "KEA"})


@pytest.mark.parametrize(
    ("flags", "canonical"),
    [("", ""), ("KEA", "AKE"), ("Ex", "xE"), ("xEx", "xE"), ("g$lshzxetdK", "AK"), ("mKn", "Kmn"), ("$gK", "g$K")],
)
def test_flags_are_kept_once_and_in_one_order(flags: str, canonical: str) -> None:
    assert canonical_events(flags) == canonical


@given(st.text("g$lshzxetdAKEmn", max_size=20))
def test_the_canonical_flags_are_canonical(flags: str) -> None:
    try:
        canonical = canonical_events(flags)
    except InvalidRequest:
        return
    assert canonical_events(canonical) == canonical


@pytest.mark.parametrize(("flags", "why"), [("KEA?", "the flag '\\?'"), ("gx", "needs K or E"), ("KE", "of what")])
def test_flags_that_redis_does_not_know_or_that_tell_nothing_are_refused(flags: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        canonical_events(flags)
    assert refused.value.pointer == "/notifyKeyspaceEvents"


@pytest.fixture(scope="module")
def pattern() -> str:
    """Of flags, in the schema."""
    return str(CreateInstanceRequest.model_json_schema()["properties"]["notifyKeyspaceEvents"]["pattern"])


@given(flags=st.text("gxAKEmn?", max_size=6))
def test_the_schema_takes_exactly_what_is_taken(pattern: str, flags: str) -> None:
    try:
        canonical_events(flags)
    except InvalidRequest:
        assert not re.search(pattern, flags)
    else:
        assert re.search(pattern, flags)


def test_nothing_chosen_is_the_default() -> None:
    assert DEFAULT_SETTINGS.events == ""
    assert {name: kind.default for name, kind in SETTINGS.items()} == DEFAULT_SETTINGS.values


def test_one_setting_is_changed_and_the_others_stay() -> None:
    changed = CHOSEN.changed({"slowlog-max-len": 64})
    assert changed.values == CHOSEN.values | {"slowlog-max-len": 64}
    assert changed.events == "AKE"


def test_null_and_the_default_itself_are_the_same() -> None:
    assert CHOSEN.changed({"timeout": None, "lazyfree-lazy-expire": False, NOTIFY: ""}) == DEFAULT_SETTINGS


def test_a_setting_has_a_default_within_its_range() -> None:
    for name, kind in SETTINGS.items():
        assert not isinstance(kind, Number) or kind.least <= kind.default <= kind.most, name


def test_an_instance_keeps_what_is_chosen_and_its_change_what_it_leads_to() -> None:
    change = Change(
        "chg_1",
        ChangeKind.REPLACE,
        ChangeStatus.IN_PROGRESS,
        2**30,
        EvictionPolicy.NOEVICTION,
        AT,
        "request-2",
        settings=DEFAULT_SETTINGS,
    )
    instance = an_instance(settings=CHOSEN, change=change)
    item = instance_item(instance)
    assert instance_of(item) == instance
    assert item["settings"] == {
        "M": {"timeout": {"S": "300"}, "lazyfree-lazy-expire": {"S": "yes"}, NOTIFY: {"S": "AKE"}}
    }


def test_an_instance_of_before_has_the_defaults_and_keeps_nothing() -> None:
    item = instance_item(an_instance())
    assert "settings" not in item
    assert instance_of(item).settings == DEFAULT_SETTINGS


def test_all_settings_are_said_to_a_task_beside_its_limits_in_words_without_spaces() -> None:
    words = redis_options(SIZES[0], False, CHOSEN).split()
    assert words[words.index("--timeout") + 1] == "300"
    assert words[words.index("--notify-keyspace-events") + 1] == "AKE"
    assert words[words.index("--slowlog-log-slower-than") + 1] == "10000"
    assert {f"--{name}" for name in SETTINGS} < set(words)
    assert "--maxclients" in words


def test_no_events_are_said_by_no_word_since_an_empty_one_would_be_lost() -> None:
    assert "notify" not in DEFAULT_SETTINGS.options()


def test_a_configuration_sets_all_of_them_so_that_what_was_chosen_before_goes() -> None:
    words = Capacity(2**30, EvictionPolicy.NOEVICTION, DEFAULT_SETTINGS).words
    told = dict(zip(words[::2], words[1::2], strict=True))
    assert told == {"maxmemory": str(2**30), "maxmemory-policy": "noeviction", **DEFAULT_SETTINGS.words}
    assert told[NOTIFY] == ""


def test_settings_are_equal_however_they_came_to_be() -> None:
    assert Settings().changed({"timeout": 300}).changed({NOTIFY: "KEA", "lazyfree-lazy-expire": True}) == CHOSEN
