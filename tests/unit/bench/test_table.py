"""The bench's table: it answers as DynamoDB does what our adapters ask."""

import json
from typing import Any

import pytest

from tests.bench.records import EACH, instance_id, organization_id, seed
from tests.bench.table import PAGE_BYTES, Table

FLEET: dict[str, Any] = {
    "IndexName": "Fleet",
    "KeyConditionExpression": "fleet = :fleet",
    "ExpressionAttributeValues": {":fleet": {"S": "FLEET"}},
}


@pytest.fixture
def table() -> Table:
    table = Table()
    seed(table, [3, 2])
    return table


def ask(table: Table, operation: str, **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(table.answer(operation, request))
    return answer


def listed(table: Table, organization: int, **more: Any) -> dict[str, Any]:
    return ask(
        table,
        "Query",
        KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id(organization)}"}, ":sk": {"S": "INSTANCE#"}},
        **more,
    )


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["SK"]["S"].removeprefix("INSTANCE#") for item in answer["Items"]]


def test_an_item_is_found_by_its_key(table: Table) -> None:
    key = {"PK": {"S": f"ORG#{organization_id(1)}"}, "SK": {"S": f"INSTANCE#{instance_id(0, 1)}"}}
    assert ask(table, "GetItem", Key=key)["Item"]["id"] == {"S": instance_id(0, 1)}
    assert ask(table, "GetItem", Key=key | {"SK": {"S": "INSTANCE#none"}}) == {}


def test_a_query_gives_the_items_of_its_partition_alone(table: Table) -> None:
    answer = listed(table, 1)
    assert ids(answer) == [instance_id(0, 1), instance_id(1, 1)]
    assert "LastEvaluatedKey" not in answer


def test_a_page_ends_at_its_limit_and_the_next_goes_on_there(table: Table) -> None:
    first = listed(table, 0, Limit=2)
    following = listed(table, 0, Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert ids(first) + ids(following) == [instance_id(number) for number in range(3)]
    assert "LastEvaluatedKey" not in following


def test_the_fleet_has_the_instances_of_all_organizations(table: Table) -> None:
    assert len(ask(table, "Query", **FLEET)["Items"]) == 5


def test_a_page_holds_a_megabyte_at_most_whatever_is_shown_of_it() -> None:
    large = Table()
    seed(large, [EACH] * 20)
    pages: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        pages.append(ask(large, "Query", **FLEET, ProjectionExpression="PK, SK", **after))
        if "LastEvaluatedKey" not in pages[-1]:
            break
        after = {"ExclusiveStartKey": pages[-1]["LastEvaluatedKey"]}
    found = [each for page in pages for each in ids(page)]
    assert len(pages) > 1
    assert len(set(found)) == len(found) == 20 * EACH
    assert len(json.dumps(pages[0])) < PAGE_BYTES


def test_a_filter_leaves_out_what_it_has_looked_at(table: Table) -> None:
    names = {"#status": "status"}
    values = FLEET["ExpressionAttributeValues"] | {":running": {"S": "DELETING"}}
    asked = {**FLEET, "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    answer = ask(table, "Query", **asked, FilterExpression="#status = :running")
    assert (answer["Count"], answer["ScannedCount"]) == (0, 5)


def test_a_scan_comes_to_every_item_once(table: Table) -> None:
    assert len(ask(table, "Scan")["Items"]) == 5 + 2 + 2


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("BatchGetItem", {}),
        ("Query", {"KeyConditionExpression": "PK = :pk AND SK > :sk"}),
        ("Query", {**FLEET, "IndexName": "ByName"}),
        ("Query", {**FLEET, "FilterExpression": "attribute_exists(#status)"}),
    ],
)
def test_the_table_refuses_what_it_does_not_know(table: Table, operation: str, request_: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        table.answer(operation, request_)
