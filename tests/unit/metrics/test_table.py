"""What DynamoDB may answer, and seldom does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from swiftcache.metrics.bucket_codec import packed
from swiftcache.metrics.buckets import Bucket, Owned, buckets_of
from swiftcache.metrics.items import states_key
from swiftcache.metrics.model import CounterState
from swiftcache.metrics.table import DynamoDBMetrics
from tests.samples import AT, NOW

STATE = CounterState(sequence=1, run_id="run-1", at=AT)


class Busy:
    """Answers `each` keys of a batch at a time, and refuses to write by `code`."""

    def __init__(self, each: int = 0, code: str = "") -> None:
        self._each = each
        self._code = code

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        keys = request["RequestItems"]["table"]["Keys"]
        found = [key | {"states": {"B": packed({Owned("org_1", key["PK"]["S"]): STATE})}} for key in keys[: self._each]]
        left = keys[self._each :]
        return {"Responses": {"table": found}, "UnprocessedKeys": {"table": {"Keys": left}} if left else {}}

    def put_item(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "PutItem")


def metrics(client: Any) -> DynamoDBMetrics:
    return DynamoDBMetrics(client, "table", lambda: NOW)


def test_buckets_that_a_batch_leaves_out_are_asked_for_again() -> None:
    wanted = {states_key(number)["PK"]["S"] for number in buckets_of("org_1")}
    assert set(metrics(Busy(each=6)).counter_states("org_1")) == wanted


def test_a_bucket_that_is_too_large_is_an_error_and_not_another_pass() -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        metrics(Busy(code="ValidationException")).store(Bucket(1))
