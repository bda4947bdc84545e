"""The reconciler's scan says what its policy asks for."""

from typing import Any, cast

from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan
from tests.infrastructure.test_permissions import listed, roles, statements


class Scanned:
    """A client that notes what it is asked for; its table is empty."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def scan(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"Items": []}


def attributes(asked: dict[str, Any]) -> set[str]:
    """The attributes of a request, by their own names."""
    names = asked["ExpressionAttributeNames"]
    return {names.get(name, name) for name in asked["ProjectionExpression"].split(", ")}


def test_the_scan_meets_every_condition_of_its_grant() -> None:
    client = Scanned()
    DynamoDBOrphanItemScan(cast(Any, client), "table").page(None)
    [condition] = [
        statement["Condition"]
        for role in roles().values()
        for statement in statements(role)
        if "dynamodb:Scan" in listed(statement["Action"])
    ]
    condition = dict(condition)
    assert condition.pop("StringEquals") == {"dynamodb:Select": client.asked.get("Select")}
    assert {key: set(value) for key, value in condition.pop("ForAllValues:StringEquals").items()} == {
        "dynamodb:Attributes": attributes(client.asked)
    }
    assert condition == {}
