"""DynamoDB: transactions as AWS makes them, and streams that reach functions."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.aws_cluster import refusal_of
from tests.integration.local.aws_stack import Stack, started, wait_for

Item = dict[str, Any]


class Table:
    """A table with a stream, and short ways to write to it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = stack.client("dynamodb")
        created = self.client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.stream = created["TableDescription"]["LatestStreamArn"]

    def put(self, item_id: str, **attributes: str) -> None:
        self.client.put_item(TableName="t", Item=item(item_id, **attributes))

    def get(self, item_id: str) -> Item | None:
        found: Item | None = self.client.get_item(TableName="t", Key=item(item_id)).get("Item")
        return found

    def transact(self, *writes: dict[str, Any], **options: Any) -> None:
        named = [{kind: {"TableName": "t", **write} for kind, write in entry.items()} for entry in writes]
        self.client.transact_write_items(TransactItems=named, **options)

    def deliver_to(self, name: str, **mapping: Any) -> None:
        """Send the stream to a function of the stack."""
        functions = self.stack.client("lambda")
        role = self.stack.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="app.handle",
            Code={"ZipFile": b"code"},
        )
        functions.create_event_source_mapping(
            EventSourceArn=self.stream, FunctionName=name, StartingPosition="TRIM_HORIZON", **mapping
        )

    def next_records(self, name: str, count: int) -> list[Item]:
        """The next records that a function dealt with, over as many batches as it takes."""
        records: list[Item] = []
        while len(records) < count:
            records += self.stack.functions.next_payload(name)["Records"]
        return records


def item(item_id: str, **attributes: str) -> Item:
    return {name: {"S": value} for name, value in {"id": item_id, **attributes}.items()}


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield Table(stack)


ABSENT = "attribute_not_exists(id)"


def test_an_item_is_seen_without_a_request_as_it_is(table: Table) -> None:
    table.put("hat", colour="red")
    see = table.stack.substitutes.item
    assert see("t", item("hat")) == table.get("hat") == item("hat", colour="red")
    assert see("t", item("shoe")) is None


def test_a_transaction_writes_all(table: Table) -> None:
    table.put("old")

    table.transact(
        {"Put": {"Item": item("new"), "ConditionExpression": ABSENT}},
        {"Delete": {"Key": item("old")}},
        {
            "Update": {
                "Key": item("counter"),
                "UpdateExpression": "ADD #n :one",
                "ExpressionAttributeNames": {"#n": "n"},
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        },
    )

    assert table.get("new") == item("new")
    assert table.get("old") is None
    assert table.get("counter") == {**item("counter"), "n": {"N": "1"}}


def test_a_condition_that_fails_last_leaves_nothing_behind(table: Table) -> None:
    table.put("taken", owner="me")

    with pytest.raises(ClientError) as caught:
        table.transact(
            {"Put": {"Item": item("new")}},
            {
                "Put": {
                    "Item": item("taken"),
                    "ConditionExpression": ABSENT,
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
        )

    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    first, second = answer["CancellationReasons"]
    assert first["Code"] == "None"
    assert (second["Code"], second["Item"]) == ("ConditionalCheckFailed", item("taken", owner="me"))
    assert table.get("new") is None


def test_a_write_that_cannot_be_made_undoes_those_before_it(table: Table) -> None:
    table.put("text", n="not a number")
    add = {
        "Key": item("text"),
        "UpdateExpression": "ADD #n :one",
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    with pytest.raises(ClientError):
        table.transact({"Put": {"Item": item("new")}}, {"Update": add})

    assert table.get("new") is None
    assert table.get("text") == item("text", n="not a number")


def test_the_same_token_writes_once(table: Table) -> None:
    write = {"Put": {"Item": item("new")}}
    table.transact(write, ClientRequestToken="token")
    table.client.delete_item(TableName="t", Key=item("new"))

    table.transact(write, ClientRequestToken="token")

    assert table.get("new") is None


def test_the_same_token_for_another_request_is_refused(table: Table) -> None:
    table.transact({"Put": {"Item": item("one")}}, ClientRequestToken="token")

    refusal = refusal_of(lambda: table.transact({"Put": {"Item": item("two")}}, ClientRequestToken="token"))

    assert refusal[0] == "IdempotentParameterMismatchException"


def test_transactions_of_many_threads_do_not_lose_a_count(table: Table) -> None:
    def count(number: int) -> None:
        table.transact(
            {"Put": {"Item": item(f"item-{number}"), "ConditionExpression": ABSENT}},
            {
                "Update": {
                    "Key": item("counter"),
                    "UpdateExpression": "ADD #n :one",
                    "ExpressionAttributeNames": {"#n": "n"},
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
        )

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(count, range(100)))

    assert (table.get("counter") or {})["n"] == {"N": "100"}


def test_a_function_gets_each_change_in_order(table: Table) -> None:
    table.stack.functions.add("watch")
    table.deliver_to("watch")

    table.put("a", v="1")
    table.put("a", v="2")
    table.client.delete_item(TableName="t", Key=item("a"))

    records = table.next_records("watch", 3)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[0]["eventSourceARN"] == table.stream
    assert records[1]["dynamodb"]["Keys"] == item("a")
    assert records[1]["dynamodb"]["OldImage"] == item("a", v="1")
    assert records[1]["dynamodb"]["NewImage"] == item("a", v="2")
    assert "NewImage" not in records[2]["dynamodb"]


def test_a_function_gets_binary_attributes_in_base64(table: Table) -> None:
    table.stack.functions.add("watch")
    table.deliver_to("watch")

    binary = {"one": {"B": b"\x00\xff"}, "many": {"L": [{"B": b"\x01"}]}}
    table.client.put_item(TableName="t", Item=item("a") | binary)

    [record] = table.next_records("watch", 1)
    image = record["dynamodb"]["NewImage"]
    assert (image["one"], image["many"]) == ({"B": "AP8="}, {"L": [{"B": "AQ=="}]})


def test_a_failed_transaction_is_not_in_the_stream(table: Table) -> None:
    table.stack.functions.add("watch")
    table.deliver_to("watch")
    with pytest.raises(ClientError):
        table.transact(
            {"Put": {"Item": item("a")}},
            {"ConditionCheck": {"Key": item("b"), "ConditionExpression": "attribute_exists(id)"}},
        )

    table.transact({"Put": {"Item": item("c")}})

    assert [record["dynamodb"]["Keys"] for record in table.next_records("watch", 1)] == [item("c")]


def test_a_batch_that_fails_is_delivered_again_before_the_next(table: Table) -> None:
    failures = iter([True, True])
    seen: list[str] = []

    def flaky(event: Any) -> object:
        seen.extend(record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"])
        if next(failures, False):
            raise RuntimeError("not yet")
        return None

    table.stack.functions.add("watch", flaky)
    table.deliver_to("watch", BatchSize=1)
    table.put("first")
    table.put("second")

    table.next_records("watch", 2)
    assert seen == ["first", "first", "first", "second"]


def test_a_batch_is_dropped_when_its_retries_are_used_up(table: Table) -> None:
    attempts: list[str] = []

    def broken_for_poison(event: Any) -> object:
        key = event["Records"][0]["dynamodb"]["Keys"]["id"]["S"]
        attempts.append(key)
        if key == "poison":
            raise RuntimeError("never")
        return None

    table.stack.functions.add("watch", broken_for_poison)
    table.deliver_to("watch", BatchSize=1, MaximumRetryAttempts=2)
    table.put("poison")
    table.put("good")

    table.next_records("watch", 1)
    assert attempts == ["poison", "poison", "poison", "good"]


def test_a_record_is_dropped_when_it_has_become_too_old(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    attempts: list[str] = []

    def broken_for_poison(event: Any) -> object:
        attempts.extend(record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"])
        if attempts[-1] == "poison":
            raise RuntimeError("never")
        return None

    table.stack.functions.add("watch", broken_for_poison)
    table.deliver_to("watch", MaximumRecordAgeInSeconds=2, MaximumRetryAttempts=-1)
    table.put("poison")
    wait_for(lambda: "dropped 1 stream records" in capfd.readouterr().err)
    table.put("good")

    table.next_records("watch", 1)
    assert attempts.count("poison") > 1
    assert attempts[-1] == "good"


def test_items_that_the_function_reports_as_failed_come_again(table: Table) -> None:
    entered, release, failures = threading.Event(), threading.Event(), iter([True])
    seen: list[list[str]] = []

    def partly(event: Any) -> object:
        entered.set()
        release.wait(20)
        seen.append([record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]])
        if len(event["Records"]) > 1 and next(failures, False):
            return {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["dynamodb"]["SequenceNumber"]}]}
        return {"batchItemFailures": []}

    table.stack.functions.add("watch", partly)
    table.deliver_to("watch", FunctionResponseTypes=["ReportBatchItemFailures"])
    table.put("one")
    assert entered.wait(20)
    for name in ("two", "three", "four"):
        table.put(name)
    release.set()

    table.next_records("watch", 6)
    assert seen == [["one"], ["two", "three", "four"], ["three", "four"]]


def test_a_filter_lets_only_its_records_through(table: Table) -> None:
    table.stack.functions.add("watch")
    pattern = {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"status": {"S": ["RUNNING"]}}}}
    table.deliver_to("watch", FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    table.put("a", status="RUNNING")
    table.put("a", status="DELETING")
    table.put("a", status="RUNNING")

    assert table.next_records("watch", 1)[0]["eventName"] == "MODIFY"
    assert not table.stack.functions.has_payload("watch")


def test_a_filter_that_is_no_pattern_is_refused_when_it_is_created(table: Table) -> None:
    table.stack.functions.add("watch")

    with pytest.raises(ClientError, match="InvalidEventPattern"):
        table.deliver_to("watch", FilterCriteria={"Filters": [{"Pattern": '{"eventName": "MODIFY"}'}]})
