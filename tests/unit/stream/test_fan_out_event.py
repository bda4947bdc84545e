"""FanOutEvent: a batch of the table's stream becomes deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from functions.fan_out_event.app import handler
from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.pool.model import POOL
from swiftcache.stream.records import event_in
from swiftcache.webhooks.model import Webhook
from swiftcache.webhooks.wiring import delivery_starter as delivery_starter_provider
from swiftcache.webhooks.wiring import webhooks as webhooks_provider
from tests.fakes.injector import FakeInjector
from tests.fakes.organizations import FakeAccounts
from tests.fakes.webhooks import FakeDeliveryStarter, FakeWebhooks
from tests.samples import a_webhook, an_account, an_entry
from tests.unit.stream.records import ENTRY, SUSPENDED, batch, failed, record, unreadable


@dataclass
class CountedWebhooks(FakeWebhooks):
    looked: list[str] = field(default_factory=list)

    def of(self, organization_id: str) -> Sequence[Webhook]:
        self.looked.append(organization_id)
        return super().of(organization_id)


@dataclass
class World:
    webhooks: CountedWebhooks
    delivery_starter: FakeDeliveryStarter = field(default_factory=FakeDeliveryStarter)

    @property
    def injector(self) -> FakeInjector:
        return FakeInjector(given={webhooks_provider: self.webhooks, delivery_starter_provider: self.delivery_starter})

    def started(self) -> list[tuple[str, str]]:
        return [(event.id, webhook_id) for event, webhook_id in self.delivery_starter.started]


@pytest.fixture
def world() -> World:
    accounts = FakeAccounts()
    world = World(CountedWebhooks(accounts))
    for owner in ("org_123", "org_2"):
        an_account(accounts, owner, f"sk_live_{owner}", Role.OWNER)
        hook = a_webhook(id=f"wh_{owner}", organization_id=owner, events=("*",))
        world.webhooks.create(hook, an_entry(Action.WEBHOOK_CREATED))
    world.webhooks.looked.clear()
    return world


def test_each_event_of_a_batch_goes_to_the_webhooks_of_its_organization(world: World) -> None:
    given = [record(1), record(2, ENTRY), record(3, owner="org_2")]
    assert handler(batch(*given), None, world.injector) == failed()
    assert world.started() == [("evt_1", "wh_org_123"), ("audit_2", "wh_org_123"), ("evt_3", "wh_org_2")]
    assert [event for event, _ in world.delivery_starter.started] == [event_in(one) for one in given]


def test_an_organization_is_looked_at_once_for_a_batch(world: World) -> None:
    handler(
        batch(*(record(n) for n in range(9)), *(record(n, owner="org_2") for n in range(9, 15))), None, world.injector
    )
    assert world.webhooks.looked == ["org_123", "org_2"]
    assert len(world.delivery_starter.started) == 15


def test_the_next_batch_sees_the_webhooks_of_then(world: World) -> None:
    handler(batch(record(1)), None, world.injector)
    world.webhooks.remove(a_webhook(id="wh_org_123", organization_id="org_123"), an_entry(Action.WEBHOOK_DELETED))
    handler(batch(record(2)), None, world.injector)
    assert world.started() == [("evt_1", "wh_org_123")]


def test_nobody_is_looked_at_for_the_pool_or_for_what_is_no_event(world: World) -> None:
    handler(batch(record(1, owner=POOL), record(2, SUSPENDED)), None, world.injector)
    assert world.webhooks.looked == []


def test_an_outage_brings_the_event_and_all_after_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = world.delivery_starter.deliver

    def busy(event: object, webhook_id: str) -> None:
        raise DependencyUnavailable("the workflow service is busy")

    handler(batch(record(1)), None, world.injector)
    monkeypatch.setattr(world.delivery_starter, "deliver", busy)
    assert handler(batch(record(2), record(3)), None, world.injector) == failed(2)
    monkeypatch.setattr(world.delivery_starter, "deliver", deliver)
    handler(batch(record(2), record(3)), None, world.injector)
    assert [event_id for event_id, _ in world.started()] == ["evt_1", "evt_2", "evt_3"]


def test_a_record_that_fails_by_itself_comes_again_and_keeps_no_other_waiting(world: World) -> None:
    assert handler(batch(record(1), unreadable(2), record(3), unreadable(4)), None, world.injector) == failed(2, 4)
    assert [event_id for event_id, _ in world.started()] == ["evt_1", "evt_3"]
