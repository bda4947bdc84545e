"""Webhooks and requests with a key: their secrets are made once too, and what is taken back is not remembered."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ReadTimeoutError

from swiftcache.platform.aws import now
from swiftcache.webhooks.service import WebhookService
from swiftcache.webhooks.wiring import deliveries, signing_secrets, webhook_service, webhooks
from tests.api_world import ORGANIZATION, Answer
from tests.fakes.webhooks import FakeDeliveryStarter, FakeTargets
from tests.integration.mortal_api import LATER, World, moments, started
from tests.samples import a_webhook, an_entry

CREATE = ["GetItem", "Encrypt", "PutItem", "TransactWriteItems", "CreateSecret", "Encrypt", "UpdateItem"]
DELETE = ["GetItem", "Encrypt", "PutItem", "GetItem", "TransactWriteItems", "Encrypt", "UpdateItem"]
KEEP = CREATE.index("CreateSecret")


@pytest.fixture
def world() -> Iterator[World]:
    with started() as world:
        world.environment["WEBHOOK_SECRET_PREFIX"] = "webhooks/"
        secrets = signing_secrets(world.injector)
        service = WebhookService(
            webhooks(world.injector),
            deliveries(world.injector),
            secrets,
            FakeTargets(),
            FakeDeliveryStarter(),
            now(world.injector),
        )
        world.injector.given[webhook_service] = service
        yield world


def create(world: World) -> Answer:
    return world.send("create_webhook")


def delete(world: World) -> Answer:
    return world.send("delete_webhook")


def check_created_once(world: World, answer: Answer) -> None:
    assert answer.status == 201, answer.text
    [webhook] = webhooks(world.injector).of(ORGANIZATION)
    assert answer.body["webhook"]["id"] == webhook.id
    assert signing_secrets(world.injector).find(webhook.id) == answer.body["signingSecret"]


@pytest.mark.parametrize(("number", "when"), moments(CREATE))
def test_a_creation_that_dies_is_done_once_by_the_next(world: World, number: int, when: str) -> None:
    world.dies(lambda: create(world), number, when)
    world.time += LATER
    answer = create(world)
    check_created_once(world, answer)
    assert world.audit().count("webhook.created") == 1
    assert create(world).text == answer.text


@pytest.mark.parametrize(("number", "when"), moments(DELETE))
def test_a_deletion_that_dies_is_done_once_by_the_next(world: World, number: int, when: str) -> None:
    webhooks(world.injector).create(a_webhook(id="wh_abc123xyz", organization_id=ORGANIZATION), an_entry())
    world.dies(lambda: delete(world), number, when)
    world.time += LATER
    assert delete(world).status == 200
    assert world.audit().count("webhook.deleted") == 1
    assert list(webhooks(world.injector).of(ORGANIZATION)) == []


def test_what_was_taken_back_is_made_anew_by_the_next(world: World) -> None:
    def fail(number: int, when: str) -> None:
        if (number, when) == (KEEP, "before-call"):
            raise ReadTimeoutError(endpoint_url="secretsmanager")

    world.interruption = fail
    assert create(world).status == 503
    assert list(webhooks(world.injector).of(ORGANIZATION)) == []
    world.interruption = lambda number, when: None
    check_created_once(world, create(world))
    assert world.audit().count("webhook.created") == 2
