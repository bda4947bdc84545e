"""What an organization does with its webhooks."""

from dataclasses import dataclass, field

import pytest

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.events.model import TEST_EVENT
from swiftcache.platform.errors import DependencyUnavailable, InvalidRequest, NotFound
from swiftcache.webhooks.model import Webhook, WebhookDisabled
from swiftcache.webhooks.service import CreatedWebhook, NewWebhook, WebhookChange, WebhookService
from tests.fakes.organizations import FakeAccounts
from tests.fakes.webhooks import FakeDeliveries, FakeDeliveryStarter, FakeSigningSecrets, FakeTargets, FakeWebhooks
from tests.samples import AT, NOW, ORGANIZATION, a_caller, a_delivery, an_account

URL = "https://hooks.example.com/in/secret-path?token=x"
STRANGER = a_caller(organization_id="org_2")


@dataclass
class World:
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    secrets: FakeSigningSecrets = field(default_factory=FakeSigningSecrets)
    delivery_starter: FakeDeliveryStarter = field(default_factory=FakeDeliveryStarter)

    def __post_init__(self) -> None:
        for owner in (ORGANIZATION, "org_2"):
            an_account(self.accounts, owner, f"sk_live_{owner}")
        self.webhooks = FakeWebhooks(self.accounts)
        self.service = WebhookService(
            self.webhooks, self.deliveries, self.secrets, FakeTargets(), self.delivery_starter, lambda: NOW
        )

    def create(self) -> CreatedWebhook:
        new = NewWebhook(URL, ("*",), "chat")
        return self.service.create(a_caller(), ORGANIZATION, new)

    def change(self, webhook: Webhook, change: WebhookChange) -> Webhook:
        return self.service.change(a_caller(), ORGANIZATION, webhook.id, change)

    @property
    def last(self) -> AuditEntry:
        return self.accounts.audit[-1]


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_webhook_is_enabled_and_its_secret_kept(world: World) -> None:
    created = world.create()
    assert created.webhook == world.service.get(a_caller(), ORGANIZATION, created.webhook.id)
    assert (created.webhook.enabled, created.webhook.url, created.webhook.events) == (True, URL, ("*",))
    assert world.secrets.kept == {created.webhook.id: created.secret}


def test_the_audit_log_knows_the_host_and_neither_path_nor_secret(world: World) -> None:
    created = world.create()
    assert (world.last.action, world.last.target_name) == (Action.WEBHOOK_CREATED, "hooks.example.com")
    assert not [text for text in ("secret-path", "token", created.secret) if text in repr(world.last)]


def test_no_webhook_leads_into_a_private_network(world: World) -> None:
    with pytest.raises(InvalidRequest) as refused:
        world.service.create(a_caller(), ORGANIZATION, NewWebhook("https://private.example.com", ("*",)))
    assert refused.value.pointer == "/url"
    with pytest.raises(InvalidRequest):
        world.change(world.create().webhook, WebhookChange(url="https://private.example.com"))
    assert [webhook.url for webhook in world.webhooks.of(ORGANIZATION)] == [URL]


def test_a_webhook_whose_secret_cannot_be_kept_is_not_there(world: World) -> None:
    world.secrets.available = False
    with pytest.raises(DependencyUnavailable):
        world.create()
    assert world.webhooks.of(ORGANIZATION) == []
    assert world.last.action is Action.WEBHOOK_DELETED


def test_a_change_leaves_the_rest_as_it_was(world: World) -> None:
    webhook = world.create().webhook
    assert world.change(webhook, WebhookChange(events=("member.added",))).url == URL
    assert world.change(webhook, WebhookChange(enabled=False)).events == ("member.added",)
    changed = world.change(webhook, WebhookChange(url="https://other.example.com/"))
    assert (changed.url, changed.enabled) == ("https://other.example.com/", False)
    assert world.last.action is Action.WEBHOOK_CHANGED


def test_enabling_again_forgets_why_it_was_disabled(world: World) -> None:
    webhook = world.create().webhook
    world.webhooks.disable(webhook.disabled("GONE"), world.last)
    assert world.change(webhook, WebhookChange(enabled=True)).disabled_reason is None


def test_a_deleted_webhook_is_gone(world: World) -> None:
    webhook = world.create().webhook
    world.service.delete(a_caller(), ORGANIZATION, webhook.id)
    assert list(world.service.list(a_caller(), ORGANIZATION)) == []
    assert world.last.action is Action.WEBHOOK_DELETED


def test_a_test_event_goes_to_this_webhook_alone(world: World) -> None:
    world.create()
    webhook = world.create().webhook
    event_id = world.service.test(a_caller(), ORGANIZATION, webhook.id)
    [(event, webhook_id)] = world.delivery_starter.started
    assert (event.id, event.type, webhook_id) == (event_id, TEST_EVENT, webhook.id)


def test_a_disabled_webhook_is_not_tested(world: World) -> None:
    webhook = world.change(world.create().webhook, WebhookChange(enabled=False))
    with pytest.raises(WebhookDisabled):
        world.service.test(a_caller(), ORGANIZATION, webhook.id)


def test_the_log_is_that_of_the_webhook(world: World) -> None:
    webhook = world.create().webhook
    world.deliveries.put(a_delivery(webhook_id=webhook.id, at=AT))
    world.deliveries.put(a_delivery(webhook_id="wh_other"))
    page = world.service.log(a_caller(), ORGANIZATION, webhook.id, 10, None)
    assert [delivery.webhook_id for delivery in page.deliveries] == [webhook.id]


def test_what_is_anothers_is_not_there(world: World) -> None:
    webhook_id = world.create().webhook.id
    for organization_id in (ORGANIZATION, "org_2"):
        for ask in (
            lambda owner: world.service.get(STRANGER, owner, webhook_id),
            lambda owner: world.service.change(STRANGER, owner, webhook_id, WebhookChange(enabled=False)),
            lambda owner: world.service.delete(STRANGER, owner, webhook_id),
            lambda owner: world.service.test(STRANGER, owner, webhook_id),
            lambda owner: world.service.log(STRANGER, owner, webhook_id, 10, None),
        ):
            with pytest.raises(NotFound):
                ask(organization_id)
    with pytest.raises(NotFound):
        world.service.list(STRANGER, ORGANIZATION)
    with pytest.raises(NotFound):
        world.service.create(STRANGER, ORGANIZATION, NewWebhook(URL, ("*",)))


@pytest.mark.parametrize("webhook_id", ["", "inst_1", "wh_", "wh_A", "wh_a#b"])
def test_what_could_not_be_an_id_is_not_looked_up(world: World, webhook_id: str) -> None:
    with pytest.raises(NotFound):
        world.service.get(a_caller(), ORGANIZATION, webhook_id)
