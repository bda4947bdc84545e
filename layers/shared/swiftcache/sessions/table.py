"""Sessions in DynamoDB: an item for each, found by its token's SHA-256, and removed by itself after its end."""

from typing import TYPE_CHECKING

from swiftcache.access.identity import Session
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.items import attributes, epoch_seconds, plain, session_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SESSION = Codec(Session)


class DynamoDBSessions:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, token_sha256: str, at: str) -> Session | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=session_key(token_sha256), ConsistentRead=True)
        if "Item" not in answer:
            return None
        session = _SESSION.decode(plain(answer["Item"]))
        # DynamoDB takes its time to remove what has expired.
        return session if session.expires_at > at else None

    def begin(self, token_sha256: str, session: Session) -> None:
        values = _SESSION.encode(session) | {"ttl": epoch_seconds(session.expires_at)}
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_item(TableName=self._table, Item=session_key(token_sha256) | attributes(values))

    def end(self, token_sha256: str) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.delete_item(TableName=self._table, Key=session_key(token_sha256))
