"""What is known of the certificate, in the table.

PK             SK         what
CERTIFICATE    CURRENT    the certificate that new tasks get, and what becomes of its renewal
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.certificates.model import CertificateState, CurrentCertificate, RenewalFailure
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import attribute, attributes, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_KEY: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": "CERTIFICATE"}, "SK": {"S": "CURRENT"}}

_STATE = Codec(
    CertificateState,
    left_out={"challenges": (), "version": 0},
    parts={CurrentCertificate: Codec(CurrentCertificate), RenewalFailure: Codec(RenewalFailure)},
)


class DynamoDBCertificateRecord:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def state(self) -> CertificateState:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return _STATE.decode(plain(answer["Item"])) if "Item" in answer else CertificateState()

    def store(self, state: CertificateState) -> CertificateState:
        kept = replace(state, version=state.version + 1)
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.put_item(
                    TableName=self._table, Item=_KEY | attributes(_STATE.encode(kept)), **_of_version(state.version)
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise RecordChanged("somebody else is at work on the certificate") from error
        return kept


def _of_version(version: int) -> dict[str, Any]:
    if not version:
        return {"ConditionExpression": "attribute_not_exists(PK)"}
    return {"ConditionExpression": "version = :before", "ExpressionAttributeValues": {":before": attribute(version)}}
