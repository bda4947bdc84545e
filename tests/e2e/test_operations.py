"""The operator's guide: a damaged table is restored, and a given up batch brought again, with its very lines."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Api
from tests.e2e.stack import PROJECT, Stack

GUIDE = (PROJECT / "docs" / "operations.md").read_text()

Items = dict[str, dict[str, Any]]
Restore = Callable[..., list[str]]

RECORDS = 100
"""As many of the newest as one call of Lambda carries, whatever else the stack was used for."""


@pytest.fixture(scope="module")
def organization(api: Api) -> str:
    """One of its own, with an owner and a key, so that nobody else's is damaged."""
    answer = api.send(
        "POST", "/organizations", json={"name": "Restored", "limits": {"instances": 1, "memory": 10485760}}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["organization"]["id"])


@pytest.fixture(scope="module")
def table(stack: Stack) -> str:
    return stack.outputs()["TableName"]


@pytest.fixture(scope="module")
def backup(stack: Stack, table: str, organization: str) -> Iterator[str]:
    """A table beside it with the same items, as AWS makes it from a point in time."""
    client, name = stack.aws("dynamodb"), f"{table}-restored"
    keys = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in keys]
    client.create_table(TableName=name, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST")
    for item in items(stack, table, organization).values():
        client.put_item(TableName=name, Item=item)
    yield name
    client.delete_table(TableName=name)


@pytest.fixture(scope="module")
def restore(stack: Stack, table: str, backup: str, organization: str) -> Restore:
    """Runs the guide's lines for this organization; answers what they print."""
    [lines] = re.findall(r"^ *```python\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE)
    program = re.sub(r"^   ", "", lines, flags=re.MULTILINE)

    def run(**more: str) -> list[str]:
        environment = {
            **os.environ,
            **ours(stack),
            "TABLE": table,
            "RESTORED": backup,
            "ONLY": f"ORG#{organization}",
            **more,
        }
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def ours(stack: Stack) -> dict[str, str]:
    """What leads a program to the stack."""
    return {
        "AWS_ENDPOINT_URL": stack.facts["awsEndpointUrl"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def items(stack: Stack, table: str, organization: str) -> Items:
    """All that an organization has, by its sort key."""
    found = stack.aws("dynamodb").query(
        TableName=table,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": f"ORG#{organization}"}},
        ConsistentRead=True,
    )
    return {item["SK"]["S"]: item for item in found["Items"]}


def test_a_damaged_table_is_restored(stack: Stack, table: str, organization: str, restore: Restore) -> None:
    client, before = stack.aws("dynamodb"), items(stack, table, organization)
    [member] = [name for name in before if name.startswith("MEMBER#")]
    client.delete_item(TableName=table, Key={"PK": before[member]["PK"], "SK": before[member]["SK"]})
    client.put_item(TableName=table, Item={**before["ORG"], "name": {"S": "Damaged"}})
    damaged = items(stack, table, organization)
    assert damaged != before

    listed = restore()
    assert sorted(line.rpartition("} ")[2] for line in listed) == ["differs", "is missing"]
    assert items(stack, table, organization) == damaged

    assert restore(WRITE="yes") == listed
    assert items(stack, table, organization) == before
    assert restore() == []


def test_the_warm_pool_of_then_does_not_come_back(stack: Stack, table: str, backup: str, restore: Restore) -> None:
    """Who waited then may have an owner now."""
    key = {"PK": {"S": "ORG#org_pool"}, "SK": {"S": "INSTANCE#inst_then"}}
    stack.aws("dynamodb").put_item(TableName=backup, Item=key)
    assert restore(ONLY="ORG#", WRITE="yes") == []
    assert items(stack, table, "org_pool") == {}


def _newest(streams: Any, iterator: str) -> list[Any]:
    """The last of all pages: whoever used the stack before may have filled several."""
    records: list[Any] = []
    while page := streams.get_records(ShardIterator=iterator):
        records = [*records, *page["Records"]][-RECORDS:]
        iterator = page.get("NextShardIterator", "")
        if not page["Records"] or not iterator:
            break
    return records


def test_what_webhooks_were_not_told_is_brought_again_from_the_stream(stack: Stack, api: Api, tmp_path: Path) -> None:
    created = api.create()
    api.wait(created.id)
    # What is kept for an Idempotency-Key is bytes, and lies in the same stream.
    key = {"Idempotency-Key": f"once-{created.id}"}
    assert api.send("POST", f"/instances/{created.id}/keys", json={"name": "x"}, headers=key).status_code == 201
    api.delete(created.id)
    api.wait_gone(created.id)
    streams = stack.aws("dynamodbstreams")
    [stream] = streams.list_streams(TableName=stack.outputs()["TableName"])["Streams"]
    [shard] = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"]}
    records = _newest(streams, streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"])
    assert any(record["dynamodb"]["Keys"]["SK"]["S"] == f"INSTANCE#{created.id}" for record in records)
    assert any(isinstance(value, bytes) for value in _values(records))
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    message = tmp_path / "message.json"
    given_up = {
        "streamArn": stream["StreamArn"],
        "shardId": shard["ShardId"],
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
    }
    message.write_text(json.dumps({"DDBStreamBatchInfo": given_up}))
    [function] = [
        found["FunctionName"]
        for found in stack.aws("lambda").list_functions()["Functions"]
        if "-FanOutEventFunction-" in found["FunctionName"]
    ]
    [lines] = re.findall(r"^python3 - .*<<'END'\n(.*?)^END$", GUIDE, re.DOTALL | re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", lines, str(message), function],
        env={**os.environ, **ours(stack)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"batchItemFailures": []}


def _values(content: object) -> Iterator[object]:
    """All that is in it, at any depth."""
    match content:
        case dict():
            for value in content.values():
                yield from _values(value)
        case list():
            for value in content:
                yield from _values(value)
        case _:
            yield content
