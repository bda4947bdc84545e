"""Webhooks on the running service: what receivers get, whatever fails on the way."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from swiftcache.access.identity import Caller, Role
from swiftcache.organizations.model import DEFAULT_LIMITS
from swiftcache.organizations.service import create_organization
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import now
from swiftcache.webhooks import model as rules
from swiftcache.webhooks.model import Delivery, DeliveryStatus
from swiftcache.webhooks.service import CreatedWebhook, NewWebhook, WebhookChange
from swiftcache.webhooks.wiring import signing_secrets, webhook_service, webhooks
from tests.receiver import Receiver, answers, receiving
from tests.samples import a_caller
from tests.schemas import complaints, type_of
from tests.statemachine.cloud import ROOT, Answer, Cloud, loses_reply, wait_for


class Hook:
    """A webhook of the cloud's organization, and who receives what is sent to it."""

    def __init__(self, cloud: Cloud, receiver: Receiver, caller: Caller, *events: str) -> None:
        self.cloud = cloud
        self.receiver = receiver
        self.caller = caller
        new = NewWebhook(receiver.url, events or ("webhook.test",))
        self.created: CreatedWebhook = webhook_service(cloud.injector).create(caller, caller.organization_id, new)

    @property
    def id(self) -> str:
        return self.created.webhook.id

    def test(self) -> str:
        """Sends a test event; its id."""
        return webhook_service(self.cloud.injector).test(self.caller, self.caller.organization_id, self.id)

    def ended(self) -> list[tuple[str, str | None]]:
        """Status and error of every execution for it, once all have ended."""
        self.cloud.quiet()
        return [(status, error) for _, status, error in self.cloud.ended(self.id)]

    def call(self, function: str, name: str) -> object:
        """Invokes a function with a sample event that speaks of this webhook's organization."""
        return self.cloud.invoke(self.cloud.stack.functions[function].name, sample(self, name))

    def log(self) -> list[Delivery]:
        page = webhook_service(self.cloud.injector).log(self.caller, self.caller.organization_id, self.id, 100, None)
        return list(page.deliveries)

    def change(self, **change: Any) -> None:
        webhook_service(self.cloud.injector).change(
            self.caller, self.caller.organization_id, self.id, WebhookChange(**change)
        )

    def delete(self) -> None:
        webhook_service(self.cloud.injector).delete(self.caller, self.caller.organization_id, self.id)

    def messages(self) -> list[dict[str, Any]]:
        """What was received, each verified as its receiver would."""
        verifier = Verifier(self.created.secret)
        return [verifier.verify(message.body, message.headers) for message in list(self.receiver.messages)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hook(cloud: Cloud, receiver: Receiver) -> Iterator[Hook]:
    hook = Hook(cloud, receiver, cloud.caller)
    yield hook
    if webhooks(cloud.injector).get(cloud.caller.organization_id, hook.id):
        hook.delete()


def test_a_lost_reply_of_a_failed_attempt_is_no_further_attempt(hook: Hook) -> None:
    hook.receiver.behaviours = [answers(500)]
    hook.cloud.faults.plan("SendWebhook", loses_reply)
    hook.test()
    assert hook.ended() == [("SUCCEEDED", None)]
    [delivery] = hook.log()
    assert [attempt.status_code for attempt in delivery.attempts] == [500, 204]
    assert len(hook.receiver.messages) == 2


def test_a_test_event_is_as_published(hook: Hook) -> None:
    event_id = hook.test()
    hook.ended()
    [message] = hook.messages()
    assert message["type"] == "webhook.test"
    assert complaints("webhook.test", message["data"]) == []
    assert hook.receiver.messages[0].headers["webhook-id"] == event_id


def test_a_receiver_that_is_down_for_a_while_hears_it_in_the_end(hook: Hook) -> None:
    hook.receiver.behaviours = [answers(503), answers(302, Location="http://127.0.0.1:1/")]
    hook.test()
    assert hook.ended() == [("SUCCEEDED", None)]
    [delivery] = hook.log()
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [attempt.status_code for attempt in delivery.attempts] == [503, 302, 204]
    assert len({message.headers["webhook-id"] for message in hook.receiver.messages}) == 1


def test_a_receiver_that_stays_down_is_given_up(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WAITS_SECONDS", (1, 1, 1))
    hook.receiver.otherwise = answers(500)
    hook.test()
    assert hook.ended() == [("FAILED", "DeliveryFailed")]
    [delivery] = hook.log()
    assert (delivery.status, len(delivery.attempts), delivery.next_attempt_at) == (DeliveryStatus.FAILED, 4, None)


def test_gone_is_the_end_of_the_webhook(hook: Hook) -> None:
    hook.receiver.otherwise = answers(410)
    hook.test()
    assert hook.ended() == [("FAILED", "DeliveryFailed")]
    webhook = webhooks(hook.cloud.injector).get(hook.caller.organization_id, hook.id)
    assert webhook is not None
    assert (webhook.enabled, webhook.disabled_reason) == (False, "GONE")


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_a_webhook_that_goes_meanwhile_ends_the_delivery_quietly(hook: Hook, how: str) -> None:
    def going(answer: Answer) -> object:
        answered = answer()
        if how == "deleted":
            hook.delete()
        else:
            hook.change(enabled=False)
        return answered

    hook.receiver.otherwise = answers(500)
    hook.cloud.faults.plan("SendWebhook", going)
    hook.test()
    assert hook.ended() == [("SUCCEEDED", None)]
    assert len(hook.receiver.messages) == 1
    if how == "disabled":
        assert [delivery.status for delivery in hook.log()] == [DeliveryStatus.CANCELLED]


def test_a_life_is_told_once_each_signed_and_as_published(cloud: Cloud, receiver: Receiver) -> None:
    hook = Hook(cloud, receiver, cloud.caller, "*")
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    wait_for(lambda: len(hook.receiver.messages) >= 7)
    hook.ended()
    told = hook.messages()
    assert sorted(message["data"].get("to") or message["type"] for message in told) == [
        "DELETED",
        "DELETING",
        "PROVISIONING",
        "RUNNING",
        "instance.created",
        "instance.deletion_requested",
        "webhook.created",
    ]
    assert [complaints(message["type"], message["data"]) for message in told] == [[]] * 7
    hook.delete()


def sample(hook: Hook, name: str) -> Any:
    """A sample event that speaks of this webhook."""
    text = (ROOT / "events" / f"{name}.json").read_text()
    return json.loads(text.replace("org_123", hook.caller.organization_id).replace("wh_abc123xyz", hook.id))


DOCUMENTED = ("instance_status_changed", "instance_key_created")


def test_an_event_that_is_told_twice_is_delivered_once(hook: Hook) -> None:
    hook.change(events=("instance.status_changed", "instance.key.created"))
    for _ in range(3):
        assert hook.call("FanOutEventFunction", "table_changed") == {"batchItemFailures": []}
    assert hook.ended() == [("SUCCEEDED", None)] * 2
    told = [message["data"] for message in hook.messages()]
    assert sorted(told, key=str) == sorted((sample(hook, name)["detail"] for name in DOCUMENTED), key=str)


def test_a_webhook_is_told_the_very_event_that_is_on_the_bus(hook: Hook) -> None:
    hook.change(events=("instance.status_changed", "instance.key.created"))
    put: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        put.extend(params["Entries"])

    bus = hook.cloud.client("events").meta.events
    bus.register("provide-client-params.events.PutEvents", note)
    try:
        assert hook.call("RelayChangesFunction", "table_changed") == {"batchItemFailures": []}
    finally:
        bus.unregister("provide-client-params.events.PutEvents", note)
    hook.call("FanOutEventFunction", "table_changed")
    assert hook.ended() == [("SUCCEEDED", None)] * 2

    details = [json.loads(entry["Detail"]) for entry in put]
    ours = [sample(hook, name)["detail"]["id"] for name in DOCUMENTED]
    on_the_bus = {detail["id"]: detail for detail in details if detail["id"] in ours}
    told = zip(list(hook.receiver.messages), hook.messages(), strict=True)
    assert {message.headers["webhook-id"]: said["data"] for message, said in told} == on_the_bus
    sources = {json.loads(entry["Detail"])["id"]: entry["Source"] for entry in put}
    for said in hook.messages():
        detail = said["data"]
        assert (said["type"], said["timestamp"]) == (type_of(sources[detail["id"]], detail), detail["at"])


def test_one_attempt_says_how_it_went(hook: Hook) -> None:
    function = hook.cloud.stack.functions["SendWebhookFunction"].name
    assert hook.cloud.invoke(function, sample(hook, "send_webhook")) == {
        "status": "DELIVERED",
        "nextAttemptAt": None,
        "attempts": 1,
        "error": None,
    }


def test_the_machine_that_delivers_takes_its_input(hook: Hook) -> None:
    machine = hook.cloud.stack.outputs["DeliverStateMachineArn"]
    given = json.dumps(sample(hook, "deliver_webhook"))
    hook.cloud.client("stepfunctions").start_execution(stateMachineArn=machine, name=f"by-hand-{hook.id}", input=given)
    assert hook.ended() == [("SUCCEEDED", None)]
    assert len(hook.messages()) == 1


def test_organizations_hear_of_themselves_alone(cloud: Cloud, receiver: Receiver) -> None:
    made = create_organization(
        accounts(cloud.injector), a_caller(), "Other", DEFAULT_LIMITS, Role.OWNER, now(cloud.injector)()
    )
    other = replace(cloud.caller, organization_id=made.organization.id)
    with receiving() as theirs:
        their_hook = Hook(cloud, theirs, other, "*")
        theirs.wait(1)
        hook = Hook(cloud, receiver, cloud.caller, "*")
        hook.change(events=("*", "member.added"))
        receiver.wait(2)
        hook.ended()
        assert {message["data"]["organizationId"] for message in hook.messages()} == {cloud.caller.organization_id}
        assert {message["data"]["organizationId"] for message in their_hook.messages()} == {other.organization_id}
        their_hook.delete()
        hook.delete()


def test_the_secret_goes_with_the_webhook_whoever_removes_it(hook: Hook) -> None:
    owner = hook.caller.organization_id
    assert signing_secrets(hook.cloud.injector).find(hook.id) == hook.created.secret
    key = {"PK": {"S": f"ORG#{owner}"}, "SK": {"S": f"WEBHOOK#{hook.id}"}}
    hook.cloud.client("dynamodb").delete_item(TableName=hook.cloud.stack.outputs["TableName"], Key=key)
    wait_for(lambda: signing_secrets(hook.cloud.injector).find(hook.id) is None)


def test_no_secret_and_no_url_is_in_an_execution_or_an_event(hook: Hook) -> None:
    hook.test()
    hook.ended()
    states = hook.cloud.client("stepfunctions")
    [arn] = [
        execution["executionArn"]
        for execution in states.list_executions(stateMachineArn=hook.cloud.stack.outputs["DeliverStateMachineArn"])[
            "executions"
        ]
        if hook.id in execution["name"]
    ]
    history = json.dumps(states.get_execution_history(executionArn=arn)["events"], default=str)
    assert hook.id in history
    assert hook.created.secret not in history
    assert hook.receiver.url not in history
