"""Fan-out and attempts: who hears of what, how often, and what is written down of it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Verifier

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.webhooks.delivery import WebhookDispatcher, fan_out
from swiftcache.webhooks.model import WAITS_SECONDS, AttemptError, Delivery, DeliveryStatus, next_attempt_at
from swiftcache.webhooks.ports import Sent
from swiftcache.webhooks.signature import new_signing_secret
from tests.fakes.organizations import FakeAccounts
from tests.fakes.webhooks import FakeDeliveries, FakeDeliveryStarter, FakeSender, FakeSigningSecrets, FakeWebhooks
from tests.samples import AT, ORGANIZATION, a_webhook, an_account, an_entry, an_event

FAILED = Sent(500, AttemptError.STATUS_NOT_2XX, 7)
SECRET = new_signing_secret()


@dataclass
class World:
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    secrets: FakeSigningSecrets = field(default_factory=lambda: FakeSigningSecrets(kept={"wh_a1": SECRET}))
    sender: FakeSender = field(default_factory=FakeSender)
    delivery_starter: FakeDeliveryStarter = field(default_factory=FakeDeliveryStarter)

    def __post_init__(self) -> None:
        for owner in (ORGANIZATION, "org_2"):
            an_account(self.accounts, owner, f"sk_live_{owner}", Role.OWNER)
        self.webhooks = FakeWebhooks(self.accounts)
        # Now: a verifier refuses what was signed long ago.
        self.now = datetime.now(UTC)

    def add(self, **different: object) -> None:
        self.webhooks.create(a_webhook(**different), an_entry(Action.WEBHOOK_CREATED))

    def attempt(self, number: int = 1) -> Delivery:
        webhook_dispatcher = WebhookDispatcher(
            self.webhooks, self.deliveries, self.secrets, self.sender, lambda: self.now
        )
        return webhook_dispatcher.attempt(an_event(), "wh_a1", number)

    def fan_out(self, **different: object) -> list[str]:
        return fan_out(an_event(**different), self.webhooks.of, self.delivery_starter)


@pytest.fixture
def world() -> World:
    return World()


def test_an_event_goes_to_each_webhook_that_asked_for_it(world: World) -> None:
    world.add(id="wh_exact")
    world.add(id="wh_all", events=("*",))
    world.add(id="wh_other", events=("member.added",))
    world.add(id="wh_off", events=("*",), enabled=False)
    assert world.fan_out() == ["wh_all", "wh_exact"]
    assert world.delivery_starter.started == [(an_event(), "wh_all"), (an_event(), "wh_exact")]


def test_another_organizations_event_is_never_told(world: World) -> None:
    world.add(events=("*",))
    world.add(id="wh_theirs", organization_id="org_2", events=("*",))
    assert world.fan_out(organization_id="org_2") == ["wh_theirs"]


def test_a_fan_out_that_breaks_off_can_be_repeated(world: World) -> None:
    world.add()
    world.delivery_starter.available = False
    with pytest.raises(DependencyUnavailable):
        world.fan_out()
    world.delivery_starter.available = True
    world.fan_out()
    world.fan_out()
    assert len(world.delivery_starter.started) == 1


def test_an_attempt_sends_the_signed_event_to_the_url(world: World) -> None:
    world.add()
    assert world.attempt().status is DeliveryStatus.DELIVERED
    [(url, headers, body)] = world.sender.sent
    assert url == a_webhook().url
    assert headers["webhook-id"] == "evt_1"
    assert Verifier(SECRET).verify(body, dict(headers)) == {
        "type": "instance.status_changed",
        "timestamp": AT,
        "data": {"to": "RUNNING"},
    }


def test_an_attempt_is_written_down(world: World) -> None:
    world.add()
    delivery = world.attempt()
    [attempt] = delivery.attempts
    assert (attempt.status_code, attempt.duration_ms, attempt.error) == (204, 12, None)
    assert world.deliveries.get(delivery) == delivery


def test_a_failed_attempt_is_followed_by_the_next_after_a_wait(world: World) -> None:
    world.add()
    world.sender.answers = [FAILED]
    failed = world.attempt()
    assert failed.status is DeliveryStatus.PENDING
    assert failed.next_attempt_at is not None
    wait = (datetime.fromisoformat(failed.next_attempt_at) - world.now).total_seconds()
    assert 4.9 <= wait <= 5.6
    delivered = world.attempt(2)
    assert (delivered.status, len(delivered.attempts), delivered.next_attempt_at) == (DeliveryStatus.DELIVERED, 2, None)


def test_the_body_is_the_same_in_every_attempt(world: World) -> None:
    world.add()
    world.sender.answers = [FAILED]
    world.attempt(1)
    world.now += timedelta(seconds=6)
    world.attempt(2)
    [(_, first, body), (_, second, same)] = world.sender.sent
    assert body == same
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_the_last_attempt_that_fails_is_the_end(world: World) -> None:
    world.add()
    world.sender.answers = [FAILED] * 10
    ends = [world.attempt(number).status for number in range(1, len(WAITS_SECONDS) + 2)]
    assert ends == [DeliveryStatus.PENDING] * len(WAITS_SECONDS) + [DeliveryStatus.FAILED]
    assert world.attempt(len(WAITS_SECONDS) + 2).status is DeliveryStatus.FAILED
    assert len(world.sender.sent) == len(WAITS_SECONDS) + 1


def test_an_attempt_whose_answer_was_lost_is_not_made_again(world: World) -> None:
    world.add()
    world.sender.answers = [FAILED]
    assert world.attempt(1) == world.attempt(1)
    assert world.attempt(2) == world.attempt(2)
    assert len(world.sender.sent) == 2


def test_gone_disables_the_webhook_and_ends_the_delivery(world: World) -> None:
    world.add()
    world.sender.answers = [Sent(410, AttemptError.STATUS_NOT_2XX, 7)]
    assert world.attempt().status is DeliveryStatus.FAILED
    webhook = world.webhooks.get(ORGANIZATION, "wh_a1")
    assert webhook is not None
    assert (webhook.enabled, webhook.disabled_reason) == (False, "GONE")
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.target_name) == (
        Action.WEBHOOK_CHANGED,
        "webhooks",
        "hooks.example.com",
    )


def test_a_webhook_that_was_deleted_meanwhile_hears_nothing(world: World) -> None:
    assert world.attempt().status is DeliveryStatus.CANCELLED
    assert (world.sender.sent, world.deliveries.stored) == ([], {})


def test_a_webhook_that_was_disabled_meanwhile_hears_nothing_and_the_log_says_so(world: World) -> None:
    world.add()
    world.sender.answers = [FAILED]
    world.attempt(1)
    world.webhooks.change(a_webhook(enabled=False), an_entry(Action.WEBHOOK_CHANGED))
    cancelled = world.attempt(2)
    assert (cancelled.status, cancelled.next_attempt_at) == (DeliveryStatus.CANCELLED, None)
    assert world.deliveries.get(cancelled) == cancelled
    assert len(world.sender.sent) == 1


def test_nothing_is_sent_unsigned(world: World) -> None:
    world.add()
    world.secrets.kept.clear()
    [attempt] = world.attempt().attempts
    assert attempt.error is AttemptError.UNSIGNED
    assert world.sender.sent == []


def test_the_waits_grow_and_end() -> None:
    waits = []
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = 1
    while at := next_attempt_at(made, now):
        waits.append((datetime.fromisoformat(at) - now).total_seconds())
        made += 1
    assert len(waits) == len(WAITS_SECONDS)
    assert all(plan <= wait <= plan * 1.101 for plan, wait in zip(WAITS_SECONDS, waits, strict=True))


def test_a_message_says_what_the_convention_says(world: World) -> None:
    world.add()
    world.attempt()
    assert set(json.loads(world.sender.sent[0][2])) == {"type", "timestamp", "data"}
