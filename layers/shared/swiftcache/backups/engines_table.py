"""What the engines of this stack are, as the last proof with each has told it: one item of the table for each.

PK       SK             what
BACKUPS  ENGINE         of Redis: `name`, `version`, and `at`: when it has loaded a backup
BACKUPS  ENGINE-valkey  the same of Valkey
"""

from typing import TYPE_CHECKING

from swiftcache.backups.engines import Engine
from swiftcache.engines.model import EngineName
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.items import attributes, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_ENGINE = Codec(Engine)


class DynamoDBEngines:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def known(self, name: EngineName) -> Engine | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_key(name))
        return _ENGINE.decode(plain(answer["Item"])) if "Item" in answer else None

    def note(self, engine: Engine) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_item(
                TableName=self._table, Item=_key(EngineName(engine.name)) | attributes(_ENGINE.encode(engine))
            )


def _key(name: EngineName) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": "BACKUPS"}, "SK": {"S": f"ENGINE{name.family_suffix}"}}
