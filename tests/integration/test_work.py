"""The writes of a request that may come again: counted with its key, made once, and by nobody who has lost it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from swiftcache.api.idempotency_ports import Claim, IdempotentRequest
from swiftcache.api.idempotency_table import DynamoDBClaims
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.tokens import new_instance_key
from swiftcache.platform.transactions import unmet, write_together
from swiftcache.platform.unit_of_work import IdempotentWork, replaying
from tests.mocked_aws import mocked_aws
from tests.samples import NOW
from tests.tables import create_table

REQUEST = IdempotentRequest("key_1", "a" * 64, "f" * 64)
SEED = b"s" * 32


class Table:
    """A table with a claim of `first`."""

    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.claims = DynamoDBClaims(self.client, "table")
        self.claims.claim(Claim(REQUEST, "first", 0, NOW, (b"sealed",), int(NOW.timestamp()) + 100), NOW.timestamp())

    def work(self, owner: str = "first") -> IdempotentWork:
        """Another try, as it begins."""
        return IdempotentWork(REQUEST.account_key_id, REQUEST.key_sha256, owner, SEED, NOW, self.claim().applied)

    def claim(self) -> Claim:
        found = self.claims.find(REQUEST, NOW.timestamp())
        assert found
        return found

    def write(self, name: str, refused: bool = False) -> str:
        """Writes a new key under this name."""
        key = new_instance_key()
        item = {"PK": {"S": name}, "SK": {"S": name}, "key": {"S": key}}
        condition = f"attribute{'_' if refused else '_not_'}exists(PK)"
        write_together(self.client, {"Put": {"TableName": "table", "Item": item, "ConditionExpression": condition}})
        return key

    def read(self, name: str) -> Any:
        item = self.client.get_item(TableName="table", Key={"PK": {"S": name}, "SK": {"S": name}}).get("Item")
        return item and item["key"]["S"]


@pytest.fixture
def table() -> Iterator[Table]:
    with mocked_aws():
        yield Table()


def test_a_write_is_counted_with_its_key(table: Table) -> None:
    with replaying(table.work()):
        table.write("one")
        table.write("two")
    assert table.claim().applied == 2


def test_a_write_outside_of_an_idempotent_request_is_not_counted(table: Table) -> None:
    table.write("one")
    assert table.claim().applied == 0


def test_another_try_passes_by_what_is_done_and_goes_on_where_it_ended(table: Table) -> None:
    with replaying(table.work()):
        first = [table.write("one"), table.write("two")]
    with replaying(table.work()):
        again = [table.write("one"), table.write("two"), table.write("three")]
    assert again[:2] == first == [table.read("one"), table.read("two")]
    assert again[2] == table.read("three")
    assert len(set(again)) == 3


def test_a_write_that_was_refused_and_made_anew_is_known_to_the_next_try(table: Table) -> None:
    with replaying(table.work()):
        with pytest.raises(ClientError) as refused:
            table.write("one", refused=True)
        made = table.write("one")
    assert unmet(refused.value) == 0
    with replaying(table.work()):
        assert table.write("one") == made
    assert table.read("one") == made
    assert table.claim().applied == 1


def test_a_try_that_has_lost_the_key_writes_nothing(table: Table) -> None:
    late = table.work()
    seen = table.claim()
    assert table.claims.take_over(seen, replace(seen, owner="second"))
    with replaying(late), pytest.raises(DependencyUnavailable):
        table.write("one")
    assert table.read("one") is None
    with replaying(table.work("second")):
        assert table.write("one") == table.read("one")
