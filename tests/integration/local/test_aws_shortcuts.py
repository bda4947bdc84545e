"""The shorter ways through moto: the same answers as without them, for every kind of question the service asks."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import shortcuts
from tests.integration.local.aws_stack import Stack, started

KEYS = {"PK": "HASH", "SK": "RANGE"}
VALUE: dict[str, Any] = {
    "text": {"S": ""},
    "number": {"N": "12.50"},
    "flag": {"BOOL": False},
    "none": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "binary": {"B": b"\x00\xff"},
    "list": {"L": [{"N": "1"}, {"M": {"deep": {"L": []}}}, {"BOOL": True}]},
    "map": {"M": {"inner": {"M": {"text": {"S": "x"}}}, "binary": {"B": b"\x01"}}},
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture(scope="module")
def client(stack: Stack) -> Any:
    return filled(stack)


def filled(stack: Stack) -> Any:
    client = stack.client("dynamodb")
    names = [*KEYS, "fleet"]
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS.items()],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "Fleet",
                "KeySchema": [
                    {"AttributeName": "fleet", "KeyType": "HASH"},
                    {"AttributeName": "SK", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for partition in "ab":
        for number in (3, 1, 2):
            client.put_item(TableName="t", Item=entry(partition, f"INSTANCE#{number}", fleet={"S": "all"}))
        client.put_item(TableName="t", Item=entry(partition, "KEY#1"))
        client.put_item(TableName="t", Item=entry(partition, "VALUE", **VALUE))
    return client


def entry(partition: str, sort: str, **attributes: Any) -> dict[str, Any]:
    return {"PK": {"S": partition}, "SK": {"S": sort}, **attributes}


def query(client: Any, condition: str, **options: Any) -> list[tuple[str, str]]:
    """The keys of what a Query finds over all its pages, in order."""
    values = {f":{name}": {"S": value} for name, value in options.pop("values").items()}
    pages = client.get_paginator("query").paginate(
        TableName="t", KeyConditionExpression=condition, ExpressionAttributeValues=values, **options
    )
    return [(item["PK"]["S"], item["SK"]["S"]) for page in pages for item in page["Items"]]


QUERIES: list[dict[str, Any]] = [
    {"condition": "PK = :pk", "values": {"pk": "a"}},
    {"condition": "PK = :pk", "values": {"pk": "nobody"}},
    {"condition": "PK = :pk AND begins_with(SK, :sk)", "values": {"pk": "b", "sk": "INSTANCE#"}},
    {"condition": "PK = :pk AND SK = :sk", "values": {"pk": "b", "sk": "KEY#1"}},
    {"condition": "PK = :pk AND SK > :sk", "values": {"pk": "b", "sk": "INSTANCE#2"}, "ScanIndexForward": False},
    {"condition": "PK = :pk AND SK BETWEEN :from AND :to", "values": {"pk": "a", "from": "INSTANCE#2", "to": "KEY#1"}},
    {"condition": "fleet = :fleet", "values": {"fleet": "all"}, "IndexName": "Fleet"},
    {"condition": "fleet = :fleet AND SK = :sk", "values": {"fleet": "all", "sk": "INSTANCE#2"}, "IndexName": "Fleet"},
    {"condition": "fleet = :fleet", "values": {"fleet": "none"}, "IndexName": "Fleet"},
]


@pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: asked["condition"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_query_finds_what_it_finds_without_the_shortcuts(client: Any, asked: dict[str, Any], size: int) -> None:
    options = {**asked, "PaginationConfig": {"PageSize": size}}
    found = query(client, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.dynamodb.models.table.Table.query", original_query())
        assert query(client, **options) == found


def original_query() -> Any:
    """moto's own, which the shortcut holds."""
    from moto.dynamodb.models.table import Table

    [cell] = [each.cell_contents for each in Table.query.__closure__ or ()]
    return cell


@pytest.mark.parametrize("name", VALUE)
def test_a_value_of_each_type_comes_back_as_it_was_put(client: Any, name: str) -> None:
    [found] = client.query(
        TableName="t",
        KeyConditionExpression="PK = :pk AND SK = :sk",
        ExpressionAttributeValues={":pk": {"S": "a"}, ":sk": {"S": "VALUE"}},
    )["Items"]
    got = client.get_item(TableName="t", Key=entry("a", "VALUE"))["Item"]
    assert got[name] == found[name] == VALUE[name]


def test_an_item_that_is_too_large_is_refused_however_it_grew(client: Any) -> None:
    key = entry("c", "LARGE")
    client.put_item(TableName="t", Item=key)

    def grow(name: str, size: int) -> None:
        client.update_item(
            TableName="t",
            Key=key,
            UpdateExpression="SET #name = :text",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":text": {"S": "x" * size}},
        )

    grow("first", 200_000)
    for _ in range(3):
        grow("second", 150_000)  # in place of what it was: the item does not grow
    with pytest.raises(ClientError, match="exceeded the maximum allowed size"):
        grow("third", 200_000)


def test_an_update_that_comes_again_with_other_values_does_its_own_work(client: Any) -> None:
    key = entry("d", "COUNT")
    for name, number in (("first", 1), ("second", 2), ("first", 4)):
        client.update_item(
            TableName="t",
            Key=key,
            UpdateExpression="SET #name = if_not_exists(#name, :none) + :number",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":none": {"N": "0"}, ":number": {"N": str(number)}},
        )

    assert client.get_item(TableName="t", Key=key)["Item"] == {**key, "first": {"N": "5"}, "second": {"N": "2"}}


def refused(*_: Any, **__: Any) -> Any:
    raise AssertionError("nobody needs this")


@pytest.mark.usefixtures("client")
def test_only_a_key_that_signs_is_made_as_a_pair(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    kms = stack.client("kms")
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signed = {"KeyId": pair, "Message": b"text", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert kms.verify(**signed, Signature=kms.sign(**signed)["Signature"])["SignatureValid"]

    monkeypatch.setattr("moto.kms.utils.rsa.generate_private_key", refused)
    secret = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=secret, Plaintext=b"text")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"text"


@pytest.mark.usefixtures("client")
def test_ec2_has_no_images(stack: Stack) -> None:
    assert stack.client("ec2").describe_images()["Images"] == []


def test_the_shortcuts_end_with_the_stack() -> None:
    from moto.dynamodb.models.table import Table

    before = Table.query
    with ExitStack() as patches:
        shortcuts.extend(patches)
        assert Table.query is not before
    assert Table.query is before
