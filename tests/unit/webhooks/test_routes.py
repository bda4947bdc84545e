"""The webhooks' routes: what they take, and what they answer."""

import json
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.webhooks.model import EVENT_TYPES, MAX_WEBHOOKS, Attempt, AttemptError
from swiftcache.webhooks.service import WebhookService
from swiftcache.webhooks.wiring import webhook_service
from tests.api_world import EVENTS, ORGANIZATION, Answer, World
from tests.fakes.webhooks import FakeDeliveries, FakeDeliveryStarter, FakeSigningSecrets, FakeTargets, FakeWebhooks
from tests.samples import AT, NOW, a_delivery, a_webhook, an_account, an_entry

WEBHOOK = "wh_abc123xyz"
PATH = f"/api/v1/organizations/{ORGANIZATION}/webhooks"
EVERY_ROUTE = (
    "create_webhook",
    "list_webhooks",
    "get_webhook",
    "change_webhook",
    "delete_webhook",
    "test_webhook",
    "list_deliveries",
)


class WebhookWorld:
    def __init__(self, world: World) -> None:
        self.world = world
        self.webhooks = FakeWebhooks(world.accounts)
        self.deliveries = FakeDeliveries()
        self.secrets = FakeSigningSecrets()
        self.delivery_starter = FakeDeliveryStarter()
        self.service = WebhookService(
            self.webhooks, self.deliveries, self.secrets, FakeTargets(), self.delivery_starter, lambda: NOW
        )

    def send(self, name: str, **changes: Any) -> Answer:
        return self.world.send(name, **changes)

    def post(self, **different: Any) -> Answer:
        body = {"url": "https://hooks.example.com/swiftcache", "events": ["*"]} | different
        return self.send("create_webhook", body=json.dumps(body))

    def patch(self, **body: Any) -> Answer:
        return self.send("change_webhook", body=json.dumps(body))

    def add(self, **different: Any) -> None:
        self.webhooks.create(a_webhook(id=WEBHOOK, organization_id=ORGANIZATION, **different), an_entry())


@pytest.fixture
def hooks(world: World, monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    hooks = WebhookWorld(world)
    world.injector.given[webhook_service] = hooks.service
    return hooks


def test_a_new_webhook_shows_its_secret_once(hooks: WebhookWorld) -> None:
    answer = hooks.send("create_webhook")
    assert answer.status == 201
    webhook = answer.body["webhook"]
    assert answer.headers["location"] == f"{PATH}/{webhook['id']}"
    assert answer.body["signingSecret"] == hooks.secrets.kept[webhook["id"]]
    assert answer.body["signingSecret"].startswith("whsec_")
    assert webhook | {"id": ""} == {
        "id": "",
        "organizationId": ORGANIZATION,
        "url": "https://hooks.example.com/swiftcache",
        "events": ["instance.status_changed"],
        "description": None,
        "enabled": True,
        "disabledReason": None,
        "createdAt": "2026-01-02T03:04:05Z",
    }
    for again in (hooks.send("list_webhooks"), hooks.send("get_webhook", path=f"{PATH}/{webhook['id']}")):
        assert again.status == 200
        assert "whsec_" not in again.text


def test_a_webhook_is_found_listed_changed_and_deleted(hooks: WebhookWorld) -> None:
    hooks.add()
    assert hooks.send("get_webhook").body["webhook"]["id"] == WEBHOOK
    assert [webhook["id"] for webhook in hooks.send("list_webhooks").body["webhooks"]] == [WEBHOOK]
    assert hooks.send("change_webhook").body["webhook"]["enabled"] is False
    deleted = hooks.send("delete_webhook")
    assert (deleted.status, deleted.body) == (200, {"message": "Webhook deleted", "webhook": {"id": WEBHOOK}})
    assert hooks.send("get_webhook").status == 404
    assert hooks.send("delete_webhook").status == 404


def test_a_test_event_is_started_and_needs_no_body(hooks: WebhookWorld) -> None:
    hooks.add()
    answer = hooks.send("test_webhook")
    assert answer.status == 202
    [(event, webhook_id)] = hooks.delivery_starter.started
    assert (answer.body, webhook_id) == ({"eventId": event.id}, WEBHOOK)


def test_a_disabled_webhook_cannot_be_tested(hooks: WebhookWorld) -> None:
    hooks.add(enabled=False)
    answer = hooks.send("test_webhook")
    assert (answer.status, answer.body["code"]) == (409, "WEBHOOK_DISABLED")


def test_the_log_shows_each_attempt(hooks: WebhookWorld) -> None:
    hooks.add()
    attempt = Attempt(AT, 5001, None, AttemptError.TIMED_OUT)
    hooks.deliveries.put(a_delivery(webhook_id=WEBHOOK).after(attempt, "2026-01-02T03:04:10.000Z"))
    hooks.deliveries.put(a_delivery(webhook_id=WEBHOOK, event_id="evt_0"))
    answer = hooks.send("list_deliveries", queryStringParameters={"limit": "1"})
    assert answer.body["deliveries"] == [
        {
            "eventId": "evt_1",
            "eventType": "instance.status_changed",
            "at": AT,
            "status": "PENDING",
            "attempts": [{"at": AT, "durationMs": 5001, "statusCode": None, "error": "TIMED_OUT"}],
            "nextAttemptAt": "2026-01-02T03:04:10.000Z",
        }
    ]
    cursor = answer.body["nextCursor"]
    rest = hooks.send("list_deliveries", queryStringParameters={"limit": "1", "cursor": cursor}).body
    assert ([delivery["eventId"] for delivery in rest["deliveries"]], rest["nextCursor"]) == (["evt_0"], None)


@pytest.mark.parametrize("event_type", ["*", *EVENT_TYPES])
def test_every_type_of_event_can_be_asked_for(hooks: WebhookWorld, event_type: str) -> None:
    assert hooks.post(events=[event_type]).status == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"events": []}, "/events"),
        ({"events": ["instance.exploded"]}, "/events/0"),
        ({"events": ["webhook.test"]}, "/events/0"),
        ({"events": ["*", "*"]}, "/events"),
        ({"events": "*"}, "/events"),
        ({"url": "ftp://example.com"}, "/url"),
        ({"url": "https://exa mple.com"}, "/url"),
        ({"url": "https://private.example.com"}, "/url"),
        ({"url": "https://example.com/" + "a" * 2048}, "/url"),
        ({"url": None}, "/url"),
        ({"description": "a" * 201}, "/description"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(hooks: WebhookWorld, body: dict[str, Any], pointer: str) -> None:
    answer = hooks.post(**body)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert hooks.webhooks.stored == {}


@pytest.mark.parametrize("body", [{"enabled": "yes"}, {"url": "https://private.example.com"}, {"id": "x"}])
def test_a_wrong_change_changes_nothing(hooks: WebhookWorld, body: dict[str, Any]) -> None:
    hooks.add()
    assert hooks.patch(**body, events=["*"]).status == 422
    assert hooks.webhooks.get(ORGANIZATION, WEBHOOK) == a_webhook(id=WEBHOOK, organization_id=ORGANIZATION)


def test_a_change_of_nothing_is_no_change(hooks: WebhookWorld) -> None:
    hooks.add()
    before = len(hooks.world.accounts.audit)
    assert hooks.patch(url=None).status == 200
    assert len(hooks.world.accounts.audit) == before


def test_the_limit_is_a_429_with_the_figure(hooks: WebhookWorld) -> None:
    for _ in range(MAX_WEBHOOKS):
        assert hooks.post().status == 201
    assert hooks.post().status == 429


@pytest.mark.parametrize("name", EVERY_ROUTE)
def test_another_organizations_webhooks_are_not_there(hooks: WebhookWorld, name: str) -> None:
    stranger = "sk_live_11111111111111111111111111111111"
    an_account(hooks.world.accounts, "org_2", stranger)
    hooks.add()
    answer = hooks.send(name, headers={"authorization": f"Bearer {stranger}"})
    assert answer.status == 404
    assert "hooks.example.com" not in answer.text


@pytest.mark.parametrize("name", EVERY_ROUTE)
def test_a_viewer_reads_and_changes_nothing(hooks: WebhookWorld, name: str) -> None:
    viewer, owner = "sk_live_22222222222222222222222222222222", "org_2"
    an_account(hooks.world.accounts, owner, viewer, Role.VIEWER)
    hooks.webhooks.create(a_webhook(id=WEBHOOK, organization_id=owner), an_entry())
    path = json.loads((EVENTS / f"{name}.json").read_text())["rawPath"].replace(ORGANIZATION, owner)
    answer = hooks.send(name, path=path, headers={"authorization": f"Bearer {viewer}"})
    assert answer.status == (200 if name in ("list_webhooks", "get_webhook", "list_deliveries") else 403)
