"""Values out of DynamoDB's JSON."""

from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from swiftcache.platform.items import plain


@pytest.mark.parametrize(
    "value",
    [
        {"S": ""},
        {"S": "text"},
        {"N": "12345678901234567890.5"},
        {"BOOL": False},
        {"NULL": True},
        {"B": b"bytes"},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2"]},
        {"L": [{"S": "a"}, {"M": {"n": {"N": "1"}}}]},
        {"M": {}},
        {"M": {"a": {"M": {"b": {"N": "2"}}}, "c": {"NULL": True}}},
    ],
    ids=str,
)
def test_a_value_is_read_as_the_library_reads_it(value: dict[str, Any]) -> None:
    expected: Any = TypeDeserializer()
    assert plain({"attribute": value}) == {"attribute": expected.deserialize(value)}
