"""The properties of a declared instance, as CloudFormation's strings bring them."""

from typing import Any

import pytest

from swiftcache.changes.contract import ChangeInstanceRequest
from swiftcache.declarations.model import DeclarationRefused
from swiftcache.declarations.properties import PROPERTIES, creation_body, final_backup, read, read_leniently
from swiftcache.instances.contract import CreateInstanceRequest
from tests.samples import ORGANIZATION

LEAST = {"Name": "sessions", "MaxMemory": "268435456", "Region": "eu-central"}
ALL = LEAST | {
    "EvictionPolicy": "noeviction",
    "NotifyKeyspaceEvents": "gKx$lshzetd",
    "Settings": {"timeout": "300", "lazyfree-lazy-expire": "true"},
    "Persistence": "false",
    "DeletionProtection": "true",
    "ExpiresAt": "2027-01-31T12:00:00Z",
    "BackupSchedule": {"Every": "1d", "At": "03:00", "Keep": "7"},
    "MaintenanceWindow": {"Day": "sunday", "At": "03:00", "Hours": "4"},
    "RecoverFromBackup": "true",
    "RestoreFrom": "bkp_a1",
    "RestoreKeys": "true",
    "Engine": "redis",
    "Version": "7.2",
    "AllowedCidrs": ["10.1.0.0/16"],
}


def test_strings_become_what_the_api_takes() -> None:
    body = creation_body(ORGANIZATION, read(ALL))
    assert body["maxMemory"] == 268435456
    assert body["settings"] == {"timeout": 300, "lazyfree-lazy-expire": True}
    assert body["backupSchedule"] == {"every": "1d", "at": "03:00", "keep": 7}
    assert body["maintenanceWindow"] == {"day": "sunday", "at": "03:00", "hours": 4}
    assert (body["persistence"], body["deletionProtection"], body["notifyKeyspaceEvents"]) == (False, True, "AK")
    CreateInstanceRequest.model_validate(body)


def test_a_creation_asks_for_what_is_declared_and_leaves_the_rest_to_the_api() -> None:
    assert creation_body(ORGANIZATION, read(LEAST)) == {
        "organizationId": ORGANIZATION,
        "name": "sessions",
        "maxMemory": 268435456,
        "region": "eu-central",
    }


def test_each_property_is_a_field_of_a_creation_and_each_that_can_change_one_of_a_change() -> None:
    creation = {str(field.alias) for field in CreateInstanceRequest.model_fields.values()}
    change = {str(field.alias) for field in ChangeInstanceRequest.model_fields.values()}
    assert {found.field for found in PROPERTIES.values()} == creation - {"organizationId"}
    assert {found.field for found in PROPERTIES.values() if not found.fixed} == change - {"allowEviction"}


def test_what_cloudformation_adds_for_itself_is_no_property() -> None:
    assert read(LEAST | {"ServiceToken": "arn:…", "ServiceTimeout": "600", "Refresh": "2"}) == read(LEAST)


@pytest.mark.parametrize(
    ("different", "why"),
    [
        ({"Memory": "1"}, "Memory is not known; there are Name, MaxMemory"),
        ({"MaxMemory": "256 MB"}, "MaxMemory is a whole number; this is '256 MB'"),
        ({"MaxMemory": True}, "MaxMemory is a text"),
        ({"Persistence": "yes"}, "Persistence is true or false; this is 'yes'"),
        ({"Name": ["a"]}, "Name is a text"),
        ({"Settings": "timeout 300"}, "Settings is an object with timeout"),
        ({"Settings": {"maxclients": "1"}}, "Settings.maxclients is not known"),
        ({"Settings": {"timeout": "soon"}}, "Settings.timeout is a whole number"),
        (
            {"BackupSchedule": {"Every": "1d", "Days": "7"}},
            "BackupSchedule.Days is not known; there are Every, At, Keep",
        ),
        ({"ExpiresAt": "2027-01-31T12:00:00"}, "ExpiresAt is a time with its zone"),
        ({"ExpiresAt": "soon"}, "ExpiresAt is a time with its zone"),
        ({"NotifyKeyspaceEvents": "K?"}, "NotifyKeyspaceEvents is not as Redis wants it"),
        ({"AllowEviction": "perhaps"}, "AllowEviction is true or false"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(different: dict[str, Any], why: str) -> None:
    with pytest.raises(DeclarationRefused) as refusal:
        read(LEAST | different)
    assert str(refusal.value).startswith(f"INVALID_PROPERTY: {why}")


@pytest.mark.parametrize("missing", LEAST)
def test_an_instance_has_a_name_a_size_and_a_region(missing: str) -> None:
    with pytest.raises(DeclarationRefused, match=f"INVALID_PROPERTY: {missing} is missing"):
        read({name: value for name, value in LEAST.items() if name != missing})


def test_what_was_wrong_in_the_template_before_stops_nothing() -> None:
    assert read_leniently(LEAST | {"Persistence": "yes", "Memory": "1"}) == read(LEAST)


@pytest.mark.parametrize(("given", "wanted"), [({}, "none"), ({"FinalBackup": "required"}, "required")])
def test_a_deletion_takes_no_backup_unless_it_is_told_to(given: dict[str, str], wanted: str) -> None:
    assert final_backup(given) == wanted


def test_a_final_backup_that_there_is_not_is_refused() -> None:
    with pytest.raises(DeclarationRefused, match="FinalBackup is one of none, best-effort, required"):
        final_backup({"FinalBackup": "always"})
