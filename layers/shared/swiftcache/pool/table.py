"""The warm pool in the table: its members are instances of an organization that is not there.

PK              SK               what
ORG#org_pool    INSTANCE#<id>    a member
POOL            VERSION          how many members have been added so far
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.model import Instance
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.items import INSTANCE, organization_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together
from swiftcache.pool.model import POOL

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_KEY: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": "POOL"}, "SK": {"S": "VERSION"}}


class DynamoDBPoolRecord:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def members(self) -> list[Instance]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
            ExpressionAttributeValues={":pk": organization_key(POOL)["PK"], ":sk": {"S": INSTANCE}},
            ConsistentRead=True,
        )
        with passing_errors_as_unavailable(SERVICE):
            return [instance_of(item) for page in pages for item in page["Items"]]

    def version(self) -> int:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return int(answer["Item"]["version"]["N"]) if "Item" in answer else 0

    def add(self, member: Instance, version: int) -> bool:
        try:
            write_together(
                self._client,
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": _KEY,
                        "UpdateExpression": "SET version = :next",
                        "ConditionExpression": "version = :version" if version else "attribute_not_exists(PK)",
                        "ExpressionAttributeValues": {
                            ":next": {"N": str(version + 1)},
                            **({":version": {"N": str(version)}} if version else {}),
                        },
                    }
                },
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": instance_item(member),
                        "ConditionExpression": "attribute_not_exists(PK)",
                    }
                },
            )
        except ClientError as error:
            if unmet(error) != 0:
                raise
            return False
        return True
