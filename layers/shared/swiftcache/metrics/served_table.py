"""The record of which certificate is served, in DynamoDB."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.instances.certificate import ServedCertificate
from swiftcache.instances.items import CERTIFICATE
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import attribute, instance_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBServedCertificates:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def note(self, instance: Instance, served: ServedCertificate) -> bool:
        try:
            with passing_errors_as_unavailable("the record of instances"):
                self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(instance.organization_id, instance.id),
                    UpdateExpression="SET certificate = :served",
                    ConditionExpression="#status = :running AND endpoint.task = :task",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={
                        ":served": attribute(CERTIFICATE.encode(served)),
                        ":running": attribute(Status.RUNNING.value),
                        ":task": attribute(served.task),
                    },
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
