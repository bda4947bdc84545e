"""Where the secrets of one life are: looked for wherever a text is kept, while it runs and after it is gone."""

import json
from collections.abc import Iterator
from hashlib import sha256

import pytest

from tests.e2e.api import Api
from tests.e2e.secrets_life import Life, live
from tests.e2e.stack import Stack

ACCOUNT_KEY, PRIVATE_KEY = "account key", "certificate's private key"

NOWHERE = (
    *("instance key", "second instance key", "failed instance's key", "second account key"),
    *("control password", "new control password", "webhook's signing secret", "session's token"),
    *("idempotency seed in hex", "idempotency seed in base64"),
)

KINDS = (
    *("execution", "history", "task definition", "item", "command", "environment"),
    *("log", "file", "event", "answer", "terminal"),
)


@pytest.fixture(scope="module")
def queue(stack: Stack) -> Iterator[str]:
    """The address of a queue that hears every event of both buses."""
    sqs, events = stack.aws("sqs"), stack.aws("events")
    url = sqs.create_queue(QueueName="overheard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    buses = ("default", stack.outputs()["EventBusName"])
    for bus in buses:
        events.put_rule(Name="overhear", EventBusName=bus, EventPattern=json.dumps({"version": ["0"]}))
        events.put_targets(Rule="overhear", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield url
    for bus in buses:
        events.remove_targets(Rule="overhear", EventBusName=bus, Ids=["queue"])
        events.delete_rule(Name="overhear", EventBusName=bus)


@pytest.fixture(scope="module")
def life(stack: Stack, api: Api, queue: str) -> Life:
    return live(stack, api, queue)


def kinds_of(places: list[str]) -> set[str]:
    return {place.partition(" ")[0] for place in places}


def test_the_search_finds_the_keys_hash_in_the_table_and_in_the_task(life: Life) -> None:
    found = life.places_of(sha256(life.secrets["instance key"].encode()).hexdigest())
    assert kinds_of(found) == {"item", "file"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_looked_into_every_kind_of_place(life: Life, kind: str) -> None:
    assert any(text for place, text in life.texts.items() if place.startswith(kind))


def test_the_search_looked_for_every_secret_that_there_was(life: Life) -> None:
    assert set(life.secrets) == {*NOWHERE, ACCOUNT_KEY, PRIVATE_KEY}
    assert len(set(life.secrets.values())) == len(life.secrets)


@pytest.mark.parametrize("secret", NOWHERE)
def test_a_secret_that_nobody_needs_is_nowhere(life: Life, secret: str) -> None:
    assert life.places_of(life.secrets[secret]) == []


def test_the_account_key_is_only_where_the_stack_announces_itself(life: Life) -> None:
    places = life.places_of(life.secrets[ACCOUNT_KEY])
    files = {place.partition(", ")[0].rpartition("/")[2] for place in places}
    assert files == {"local.json", "env", "swiftcache", "terminal"}


def test_the_certificates_private_key_is_in_files_alone(life: Life) -> None:
    assert kinds_of(life.places_of(life.secrets[PRIVATE_KEY])) == {"file"}


def test_no_file_that_holds_a_secret_is_readable_by_others(stack: Stack) -> None:
    modes = {name: (stack.home / name).stat().st_mode & 0o077 for name in ("local.json", "env", "redis.key")}
    assert modes == {"local.json": 0, "env": 0, "redis.key": 0}


def test_a_deleted_instance_leaves_no_file_with_its_keys_hash(life: Life) -> None:
    found = life.places_of(sha256(life.secrets["instance key"].encode()).hexdigest())
    assert [place for place in found if place.endswith(", gone")] == []
