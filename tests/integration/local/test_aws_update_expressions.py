"""The shorter ways through UpdateExpressions: each kind of update does what it does without them."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws import update_expressions
from tests.mocked_aws import mocked_aws

KEY = {"PK": {"S": "a"}}
ITEM: dict[str, Any] = {
    **KEY,
    "number": {"N": "1"},
    "labels": {"SS": ["x", "y"]},
    "entries": {"L": [{"S": "first"}, {"S": "second"}, {"S": "third"}]},
    "map": {"M": {"inner": {"M": {"deep": {"S": "old"}}}, "kept": {"S": "yes"}}},
}
NAMES = {"#number": "number", "#map": "map", "#inner": "inner"}
VALUES = {":one": {"N": "1"}, ":text": {"S": "new"}, ":more": {"L": [{"S": "more"}]}, ":x": {"SS": ["x"]}}
UPDATES = [
    "SET #number = #number + :one",
    "SET #number = #number - :one, fresh = if_not_exists(fresh, :text)",
    "SET #map.#inner.deep = :text",
    "SET entries[1] = :text",
    "SET entries = list_append(entries, :more), copied = #map.#inner",
    "REMOVE entries[0], entries[2], #map.kept",
    "ADD #number :one DELETE labels :x",
    "SET fresh = :text REMOVE #number",
]
REFUSED = [
    "SET PK = :text",
    "SET fresh = :text, fresh = :one",
    "SET fresh = none + :one",
    "SET none.deep = :text",
    "SET fresh = :text SET other = :text",
    "SET fresh = #none",
    "SET fresh = = :text",
]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mocked_aws():
        yield


def outcome(expression: str, times: int) -> object:
    """What is there after so many updates, or how the last was refused."""
    client: Any = boto3.client("dynamodb", "eu-central-1")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )
    client.put_item(TableName="t", Item=ITEM)
    names = {name: value for name, value in NAMES.items() if name in expression}
    values = {name: value for name, value in VALUES.items() if name in expression}
    try:
        for _ in range(times):
            client.update_item(
                TableName="t",
                Key=KEY,
                UpdateExpression=expression,
                **({"ExpressionAttributeNames": names} if names else {}),
                **({"ExpressionAttributeValues": values} if values else {}),
            )
    except ClientError as error:
        return error.response["Error"]
    finally:
        item = client.get_item(TableName="t", Key=KEY)["Item"]
        client.delete_table(TableName="t")
    return item


@pytest.mark.parametrize("expression", UPDATES)
@pytest.mark.parametrize("times", [1, 2])
def test_an_update_does_what_it_does_without_the_shortcuts(expression: str, times: int) -> None:
    expected = outcome(expression, times)
    assert "Code" not in str(expected)

    with ExitStack() as patches:
        update_expressions.extend(patches)
        assert outcome(expression, times) == expected


@pytest.mark.parametrize("expression", REFUSED)
def test_an_update_is_refused_as_without_the_shortcuts(expression: str) -> None:
    expected = outcome(expression, 1)
    assert "Code" in str(expected)

    with ExitStack() as patches:
        update_expressions.extend(patches)
        assert outcome(expression, 1) == expected
