"""What comes of a changed template: nothing, a change in place, another instance; and what had drifted."""

from typing import Any

import pytest

from swiftcache.declarations.plan import plan
from swiftcache.declarations.properties import Values, read
from tests.fakes.declarations import an_instance_body

LEAST = {"Name": "sessions", "MaxMemory": "268435456", "Region": "eu-central"}


def declared(**different: Any) -> Values:
    return read(LEAST | different)


def changes(before: Values, wanted: Values, **found: Any) -> dict[str, Any]:
    what = plan(before, wanted, an_instance_body(**found))
    assert what.replacing == ()
    return dict(what.body)


def test_what_is_as_declared_is_left_alone() -> None:
    what = plan(declared(), declared(), an_instance_body())
    assert (what.replacing, what.body, what.drift) == ((), {}, ())


@pytest.mark.parametrize(
    ("wanted", "body"),
    [
        ({"Name": "others"}, {"name": "others"}),
        ({"MaxMemory": "536870912"}, {"maxMemory": 536870912}),
        ({"EvictionPolicy": "noeviction"}, {"evictionPolicy": "noeviction"}),
        ({"DeletionProtection": "true"}, {"deletionProtection": True}),
        ({"ExpiresAt": "2027-01-31T12:00:00Z"}, {"expiresAt": "2027-01-31T12:00:00Z"}),
        ({"BackupSchedule": {"Every": "1d", "Keep": "7"}}, {"backupSchedule": {"every": "1d", "at": None, "keep": 7}}),
        ({"RecoverFromBackup": "true"}, {"recoverFromBackup": True}),
        ({"Settings": {"timeout": "300", "maxmemory-samples": "5"}}, {"settings": {"timeout": 300}}),
        ({"NotifyKeyspaceEvents": "AKE"}, {"notifyKeyspaceEvents": "AKE"}),
        ({"Engine": "valkey"}, {"engine": "valkey"}),
        ({"Engine": "redis", "Version": "7.4"}, {"engine": "redis", "version": "7.4"}),
    ],
)
def test_what_can_change_changes_in_place(wanted: dict[str, Any], body: dict[str, Any]) -> None:
    assert changes(declared(), declared(**wanted)) == body


@pytest.mark.parametrize(
    ("wanted", "replaced"),
    [
        ({"Region": "us-east"}, "Region"),
        ({"Persistence": "true"}, "Persistence"),
        ({"RestoreFrom": "b"}, "RestoreFrom"),
    ],
)
def test_what_cannot_change_is_another_instance(wanted: dict[str, str], replaced: str) -> None:
    assert plan(declared(), declared(**wanted), an_instance_body()).replacing == (replaced,)


def test_what_is_taken_out_of_a_template_is_as_by_default_again() -> None:
    before = declared(
        EvictionPolicy="noeviction", DeletionProtection="true", BackupSchedule={"Every": "1d", "Keep": "7"}
    )
    found = {"evictionPolicy": "noeviction", "deletionProtection": True, "backupSchedule": {"every": "1d", "at": None}}
    assert changes(before, declared(), **found) == {
        "evictionPolicy": "allkeys-lru",
        "deletionProtection": False,
        "backupSchedule": None,
    }


@pytest.mark.parametrize("wanted", [{}, {"Settings": {}}])
def test_a_setting_that_is_taken_out_is_as_by_default_again(wanted: dict[str, Any]) -> None:
    settings = {"timeout": 300, "maxmemory-samples": 5, "lazyfree-lazy-expire": False}
    before = declared(Settings={"timeout": "300"})
    assert changes(before, declared(**wanted), settings=settings) == {"settings": {"timeout": None}}


def test_what_is_left_out_never_replaces_an_instance_or_its_engine() -> None:
    before = declared(Persistence="true", RestoreFrom="bkp_a1", RestoreKeys="true", Engine="valkey", Version="8.1")
    found = {"persistence": True, "restoredFrom": "bkp_a1", "engine": "valkey", "version": "8.1.2"}
    assert changes(before, declared(), **found) == {}


def test_an_instance_that_was_made_from_a_backup_with_its_keys_is_not_made_again() -> None:
    given = declared(RestoreFrom="bkp_a1", RestoreKeys="true")
    assert changes(given, given, restoredFrom="bkp_a1") == {}


def test_what_no_template_declares_belongs_to_whoever_changed_it() -> None:
    assert changes(declared(), declared(), evictionPolicy="noeviction", deletionProtection=True) == {}


@pytest.mark.parametrize(("version", "found"), [("7.2", "7.2.16"), ("7.2.16", "7.2.16"), ("7.2", None)])
def test_a_version_is_a_line_or_one_exactly_and_unknown_in_the_first_minutes(version: str, found: str | None) -> None:
    given = declared(Engine="redis", Version=version)
    assert changes(given, given, version=found) == {}


def test_a_version_is_not_the_line_that_begins_alike() -> None:
    assert changes(declared(), declared(Version="7.2"), version="7.22.1") == {"version": "7.2"}


def test_the_same_moment_written_otherwise_is_no_change() -> None:
    given = declared(ExpiresAt="2027-01-31T13:00:00+01:00")
    assert changes(given, given, expiresAt="2027-01-31T12:00:00.000Z") == {}


def test_drift_is_said_and_becomes_as_declared() -> None:
    given = declared(EvictionPolicy="allkeys-lru", Settings={"timeout": "300"})
    what = plan(given, given, an_instance_body(evictionPolicy="noeviction", maxMemory=536870912))
    assert what.drift == (
        "MaxMemory: declared 268435456, found 536870912",
        "EvictionPolicy: declared 'allkeys-lru', found 'noeviction'",
        "Settings: declared {'timeout': 300}, found {'timeout': 600}",
    )
    assert what.body == {"maxMemory": 268435456, "evictionPolicy": "allkeys-lru", "settings": {"timeout": 300}}
