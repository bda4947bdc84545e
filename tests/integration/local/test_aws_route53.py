"""Route 53: changes as strict as on AWS, and the records that a DNS server answers from."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.route53 import Record
from tests.integration.local.aws_cluster import refusal_of
from tests.integration.local.aws_stack import Stack, started

NAME = "a.example.com."


class Zone:
    """A hosted zone and short ways to change it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = stack.client("route53")
        self.id = self.client.create_hosted_zone(Name="example.com", CallerReference="c")["HostedZone"]["Id"]

    def change(self, *changes: tuple[str, str, str], ttl: int = 5) -> dict[str, Any]:
        """Change A records: (action, name, address) each."""
        batch = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": name,
                    "Type": "A",
                    "TTL": ttl,
                    "ResourceRecords": [{"Value": address}],
                },
            }
            for action, name, address in changes
        ]
        answer: dict[str, Any] = self.client.change_resource_record_sets(
            HostedZoneId=self.id, ChangeBatch={"Changes": batch}
        )
        return answer

    def addresses(self) -> dict[str, tuple[str, ...]]:
        return {record.name: record.addresses for record in self.stack.substitutes.records()}


@pytest.fixture
def zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zone]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield Zone(stack)


def test_a_created_record_can_be_answered_from(zone: Zone) -> None:
    zone.change(("CREATE", "A.Example.com", "10.0.0.1"), ttl=7)

    assert zone.stack.substitutes.records() == [Record("a.example.com", ("10.0.0.1",), 7)]


def test_a_change_is_in_sync(zone: Zone) -> None:
    change = zone.change(("CREATE", NAME, "10.0.0.1"))["ChangeInfo"]

    assert zone.client.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC"


def test_creating_a_record_that_exists_is_refused(zone: Zone) -> None:
    zone.change(("CREATE", NAME, "10.0.0.1"))

    refusal = refusal_of(lambda: zone.change(("CREATE", NAME, "10.0.0.2")))

    assert refusal == (
        "InvalidChangeBatch",
        "[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists]",
    )
    assert zone.addresses() == {"a.example.com": ("10.0.0.1",)}


def test_an_upsert_can_be_made_twice(zone: Zone) -> None:
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.2"):
        zone.change(("UPSERT", NAME, address))

    assert zone.addresses() == {"a.example.com": ("10.0.0.2",)}


def test_a_record_is_deleted_with_its_own_values(zone: Zone) -> None:
    zone.change(("CREATE", NAME, "10.0.0.1"))

    zone.change(("DELETE", NAME, "10.0.0.1"))

    assert zone.addresses() == {}


@pytest.mark.parametrize(("address", "ttl"), [("10.0.0.2", 5), ("10.0.0.1", 6)])
def test_deleting_a_record_with_other_values_is_refused(zone: Zone, address: str, ttl: int) -> None:
    zone.change(("CREATE", NAME, "10.0.0.1"))

    code, message = refusal_of(lambda: zone.change(("DELETE", NAME, address), ttl=ttl))

    assert code == "InvalidChangeBatch"
    assert "the values provided do not match the current values" in message
    assert zone.addresses() == {"a.example.com": ("10.0.0.1",)}


def test_deleting_a_record_twice_is_refused(zone: Zone) -> None:
    zone.change(("CREATE", NAME, "10.0.0.1"))
    zone.change(("DELETE", NAME, "10.0.0.1"))

    code, message = refusal_of(lambda: zone.change(("DELETE", NAME, "10.0.0.1")))

    assert code == "InvalidChangeBatch"
    assert "it was not found" in message


def test_a_batch_with_a_wrong_change_changes_nothing(zone: Zone) -> None:
    changes = [("CREATE", NAME, "10.0.0.1"), ("DELETE", "b.example.com.", "10.0.0.1")]

    assert refusal_of(lambda: zone.change(*changes))[0] == "InvalidChangeBatch"

    assert zone.addresses() == {}


def test_a_name_outside_the_zone_is_refused(zone: Zone) -> None:
    assert refusal_of(lambda: zone.change(("CREATE", "a.notexample.com", "10.0.0.1")))[0] == "InvalidChangeBatch"


def test_an_unknown_zone_is_refused(zone: Zone) -> None:
    zone.id = "Z0000000000000000000"

    assert refusal_of(lambda: zone.change(("CREATE", NAME, "10.0.0.1")))[0] == "NoSuchHostedZone"


def test_what_was_changed_is_listed(zone: Zone) -> None:
    zone.change(("UPSERT", NAME, "10.0.0.1"))

    listed = zone.client.list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]

    found = [record for record in listed if record["Type"] == "A"]
    assert found == [{"Name": NAME, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.0.1"}]}]
