"""What every record of webhooks and every delivery log does: those in AWS, and the fakes that other tests use."""

from dataclasses import replace
from typing import Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import Conflict, InvalidRequest, LimitExceeded, NotFound
from swiftcache.webhooks.model import MAX_WEBHOOKS, Attempt, AttemptError, DeliveryStatus
from swiftcache.webhooks.ports import Deliveries, SigningSecrets, Webhooks
from swiftcache.webhooks.secrets import SecretsManagerSigningSecrets
from swiftcache.webhooks.table import DynamoDBDeliveries, DynamoDBWebhooks
from tests.fakes.organizations import FakeAccounts
from tests.fakes.webhooks import FakeDeliveries, FakeSigningSecrets, FakeWebhooks
from tests.samples import (
    AT,
    ORGANIZATION,
    a_delivery,
    a_member,
    a_webhook,
    an_account,
    an_account_key,
    an_entry,
    an_organization,
)
from tests.tables import audited, create_table


class Record(Protocol):
    accounts: Accounts
    webhooks: Webhooks
    deliveries: Deliveries
    secrets: SigningSecrets

    def audited(self) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.webhooks = FakeWebhooks(self.accounts)
        self.deliveries = FakeDeliveries()
        self.secrets = FakeSigningSecrets()

    def audited(self) -> list[str]:
        return [entry.action for entry in self.accounts.audit]


class InAws:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.webhooks = DynamoDBWebhooks(self.client, "table")
        self.deliveries = DynamoDBDeliveries(self.client, "table")
        secrets = boto3.client("secretsmanager", region_name="eu-central-1")
        self.secrets = SecretsManagerSigningSecrets(secrets, "stack/webhooks/")

    def audited(self) -> list[str]:
        return audited(self.client, "table", ORGANIZATION)


@pytest.fixture(params=[InMemory, InAws], ids=["memory", "aws"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    for owner in (ORGANIZATION, "org_2"):
        an_account(record.accounts, owner, f"sk_live_{owner}")
    return record


created = an_entry(Action.WEBHOOK_CREATED, id="audit_1", at="2026-01-02T03:04:06.000Z")
changed = an_entry(Action.WEBHOOK_CHANGED, id="audit_2", at="2026-01-02T03:04:07.000Z")
deleted = an_entry(Action.WEBHOOK_DELETED, id="audit_3", at="2026-01-02T03:04:08.000Z")


def test_what_is_created_can_be_read(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == a_webhook()


def test_a_webhook_without_description_has_none(record: Record) -> None:
    record.webhooks.create(a_webhook(description=None), created)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == a_webhook(description=None)


def test_an_organization_has_its_own_webhooks_and_no_others(record: Record) -> None:
    record.webhooks.create(a_webhook(id="wh_b"), created)
    record.webhooks.create(a_webhook(id="wh_a"), created)
    record.webhooks.create(a_webhook(id="wh_c", organization_id="org_2"), created)
    assert [webhook.id for webhook in record.webhooks.of(ORGANIZATION)] == ["wh_a", "wh_b"]
    assert record.webhooks.get(ORGANIZATION, "wh_c") is None


def test_nothing_is_created_for_an_organization_that_is_not_there(record: Record) -> None:
    with pytest.raises(NotFound):
        record.webhooks.create(a_webhook(organization_id="org_3"), created)
    assert record.webhooks.of("org_3") == []


def test_nothing_is_created_for_an_organization_that_is_not_active(record: Record) -> None:
    record.accounts.create_organization(
        an_organization(id="org_4", status=OrganizationStatus.SUSPENDED),
        a_member(organization_id="org_4"),
        an_account_key("sk_live_4", organization_id="org_4"),
        an_entry(Action.ORGANIZATION_CREATED, organization_id="org_4"),
    )
    with pytest.raises(Conflict):
        record.webhooks.create(a_webhook(organization_id="org_4"), created)
    assert record.webhooks.of("org_4") == []


def test_there_is_a_limit_and_a_deletion_makes_room(record: Record) -> None:
    webhooks = [a_webhook(id=f"wh_{number}") for number in range(MAX_WEBHOOKS + 1)]
    for webhook in webhooks[:-1]:
        record.webhooks.create(webhook, created)
    with pytest.raises(LimitExceeded):
        record.webhooks.create(webhooks[-1], created)
    record.webhooks.create(a_webhook(organization_id="org_2"), created)
    record.webhooks.remove(webhooks[0], deleted)
    record.webhooks.create(webhooks[-1], created)
    assert len(record.webhooks.of(ORGANIZATION)) == MAX_WEBHOOKS


def test_a_change_is_stored(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    different = a_webhook(url="https://other.example.com/", events=("*",), enabled=False, description=None)
    record.webhooks.change(different, changed)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == different


def test_a_change_of_what_is_gone_creates_nothing(record: Record) -> None:
    with pytest.raises(NotFound):
        record.webhooks.change(a_webhook(), changed)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") is None
    assert Action.WEBHOOK_CHANGED not in record.audited()


def test_disabling_is_stored_with_its_reason_and_undone_by_a_change(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    record.webhooks.disable(a_webhook().disabled("GONE"), changed)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == a_webhook(enabled=False, disabled_reason="GONE")
    record.webhooks.change(a_webhook(), changed)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == a_webhook()


def test_what_is_disabled_already_is_not_disabled_again(record: Record) -> None:
    record.webhooks.create(a_webhook(enabled=False), created)
    record.webhooks.disable(a_webhook().disabled("GONE"), changed)
    record.webhooks.disable(a_webhook(id="wh_gone").disabled("GONE"), changed)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") == a_webhook(enabled=False)
    assert record.webhooks.get(ORGANIZATION, "wh_gone") is None
    assert Action.WEBHOOK_CHANGED not in record.audited()


def test_a_second_removal_does_nothing(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    record.webhooks.remove(a_webhook(), deleted)
    record.webhooks.remove(a_webhook(), deleted)
    assert record.webhooks.get(ORGANIZATION, "wh_a1") is None
    assert record.audited().count(Action.WEBHOOK_DELETED) == 1


def test_every_change_has_its_entry_in_the_audit_log(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    record.webhooks.change(a_webhook(enabled=False), changed)
    record.webhooks.remove(a_webhook(), deleted)
    assert record.audited()[-3:] == [Action.WEBHOOK_CREATED, Action.WEBHOOK_CHANGED, Action.WEBHOOK_DELETED]


ATTEMPT = Attempt(AT, 12, 500, AttemptError.STATUS_NOT_2XX)


def test_a_delivery_is_kept_with_its_attempts(record: Record) -> None:
    delivery = (
        a_delivery().after(ATTEMPT, "later").after(Attempt(AT, 5000, None, AttemptError.TIMED_OUT), "later still")
    )
    assert record.deliveries.get(delivery) is None
    record.deliveries.put(delivery)
    assert record.deliveries.get(a_delivery()) == delivery
    assert record.deliveries.get(a_delivery(webhook_id="wh_b")) is None


def test_a_delivery_that_ended_has_no_next_attempt(record: Record) -> None:
    record.deliveries.put(a_delivery().after(ATTEMPT, "later"))
    ended = a_delivery().after(ATTEMPT, "later").after(Attempt(AT, 12, 204, None), None)
    record.deliveries.put(ended)
    found = record.deliveries.get(a_delivery())
    assert found == ended
    assert (ended.status, ended.next_attempt_at) == (DeliveryStatus.DELIVERED, None)


def test_the_log_is_paged_from_the_newest_on(record: Record) -> None:
    deliveries = [a_delivery(event_id=f"evt_{n}", at=f"2026-01-02T03:04:0{n}.000Z") for n in range(5)]
    for delivery in [*deliveries, a_delivery(webhook_id="wh_b")]:
        record.deliveries.put(delivery)
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page = record.deliveries.page("wh_a1", 2, cursor)
        found += [delivery.event_id for delivery in page.deliveries]
        cursor = page.cursor
    assert (found, cursor) == (["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"], None)


@pytest.mark.parametrize("cursor", ["é", "aW5zdF8x", "e30="])
def test_a_cursor_that_is_not_ours_is_refused(record: Record, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        record.deliveries.page("wh_a1", 2, cursor)


def test_a_secret_is_kept_until_it_is_forgotten(record: Record) -> None:
    record.secrets.keep("wh_a1", "whsec_1")
    record.secrets.keep("wh_b", "whsec_2")
    assert record.secrets.find("wh_a1") == "whsec_1"
    record.secrets.forget("wh_a1")
    record.secrets.forget("wh_a1")
    assert record.secrets.find("wh_a1") is None
    assert record.secrets.find("wh_b") == "whsec_2"


def test_the_counts_of_two_organizations_are_their_own(record: Record) -> None:
    record.webhooks.create(a_webhook(), created)
    record.webhooks.create(replace(a_webhook(), organization_id="org_2"), created)
    record.webhooks.remove(a_webhook(), deleted)
    assert [webhook.organization_id for webhook in record.webhooks.of("org_2")] == ["org_2"]
