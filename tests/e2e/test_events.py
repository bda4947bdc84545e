"""`Instance Status Changed` on the event bus, as a subscriber of the platform team hears it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.api import Api, Created
from tests.e2e.stack import Stack
from tests.schemas import complaints

HEARD_SECONDS = 10


@dataclass
class Subscriber:
    """A queue that a rule sends the bus's events to."""

    sqs: Any
    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    def listen_until(self, instance_id: str, to: str) -> list[dict[str, Any]]:
        """All events of an instance up to this status, in the order of its life."""
        deadline = time.monotonic() + HEARD_SECONDS
        while True:
            mine = {event["detail"]["from"]: event for event in self.heard if instance_id in json.dumps(event)}
            life, status = [], None
            while status != to and status in mine:
                life.append(mine[status])
                status = mine[status]["detail"]["to"]
            if status == to:
                return life
            assert time.monotonic() < deadline, f"after {HEARD_SECONDS} s only {mine} was heard"
            answer = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            self.heard += [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(scope="module")
def subscriber(stack: Stack) -> Iterator[Subscriber]:
    sqs, events, bus = stack.aws("sqs"), stack.aws("events"), stack.outputs()["EventBusName"]
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["swiftcache.instances"], "detail-type": ["Instance Status Changed"]})
    events.put_rule(Name="heard", EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule="heard", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield Subscriber(sqs, url)
    events.remove_targets(Rule="heard", EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name="heard", EventBusName=bus)


@dataclass(frozen=True)
class Life:
    """A whole life and the events of it. `deletion` is the DELETE's request id."""

    created: Created
    instance: dict[str, Any]
    deletion: str
    events: list[dict[str, Any]]

    @property
    def details(self) -> list[dict[str, Any]]:
        return [event["detail"] for event in self.events]


@pytest.fixture(scope="module")
def life(api: Api, subscriber: Subscriber) -> Life:
    created = api.create()
    instance = api.wait(created.id)
    deletion = api.delete(created.id).headers["apigw-requestid"]
    api.wait_gone(created.id)
    return Life(created, instance, deletion, subscriber.listen_until(created.id, "DELETED"))


def test_every_change_of_status_is_heard(life: Life) -> None:
    assert [(detail["from"], detail["to"]) for detail in life.details] == [
        (None, "PROVISIONING"),
        ("PROVISIONING", "RUNNING"),
        ("RUNNING", "DELETING"),
        ("DELETING", "DELETED"),
    ]


def test_every_event_says_all_that_is_documented(life: Life) -> None:
    assert [complaints("instance.status_changed", detail) for detail in life.details] == [[]] * 4


def test_every_event_has_an_id_of_its_own(life: Life) -> None:
    assert len({detail["id"] for detail in life.details}) == 4


def test_every_event_names_the_instance_and_its_owner(life: Life, api: Api) -> None:
    named = {(detail["instanceId"], detail["organizationId"]) for detail in life.details}
    assert named == {(life.created.id, api.organization_id)}


def test_every_event_says_why(life: Life) -> None:
    assert [detail["reason"] for detail in life.details] == ["CREATED", "VERIFIED", "DELETE_REQUESTED", "REMOVED"]


def test_every_event_carries_the_id_of_the_request_that_led_to_it(life: Life) -> None:
    creation = life.created.request_id
    assert [detail["requestId"] for detail in life.details] == [creation, creation, life.deletion, life.deletion]


def test_the_hostname_is_told_from_running_on(life: Life) -> None:
    hostname = life.instance["hostname"]
    assert [detail["hostname"] for detail in life.details] == [None, hostname, hostname, hostname]


def test_the_times_never_go_back(life: Life) -> None:
    times = [detail["at"] for detail in life.details]
    assert times == sorted(times)


def test_a_subscriber_hears_the_end_of_a_life_that_was_cut_short(api: Api, subscriber: Subscriber) -> None:
    created = api.create()
    api.delete(created.id)
    api.wait_gone(created.id)
    heard = [event["detail"]["to"] for event in subscriber.listen_until(created.id, "DELETED")]
    assert (heard[0], heard[-2:]) == ("PROVISIONING", ["DELETING", "DELETED"])
