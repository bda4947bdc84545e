"""Which networks an instance's group lets in, in DynamoDB."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.instances.allowed_networks import OwnGroup
from swiftcache.instances.items import OWN_GROUP, instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBNetworkStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, organization_id: str, instance_id: str, now: str, until: str) -> Instance | None:
        return self._update(
            organization_id,
            instance_id,
            "SET #lease = :until",
            "attribute_exists(#wanted) AND #status IN (:provisioning, :running) AND "
            "(attribute_not_exists(#lease) OR #lease < :now)",
            {"#lease": "groupLease", "#wanted": "allowedNetworks", "#status": "status"},
            {
                ":until": until,
                ":now": now,
                ":provisioning": Status.PROVISIONING.value,
                ":running": Status.RUNNING.value,
            },
        )

    def end(self, applied: Instance, group: str, until: str) -> Instance | None:
        assert applied.allowed_networks
        revision = applied.allowed_networks.revision
        names = {
            "#group": "ownGroup",
            "#lease": "groupLease",
            "#wanted": "allowedNetworks",
            "#revision": "revision",
            "#endpoint": "endpoint",
        }
        values: dict[str, object] = {
            ":group": OWN_GROUP.encode(OwnGroup(group, revision)),
            ":revision": revision,
            ":until": until,
        }
        serving = "attribute_not_exists(#endpoint)"
        if applied.endpoint is not None:
            serving = "#endpoint.#address = :address AND #endpoint.#port = :port"
            names |= {"#address": "address", "#port": "port"}
            values |= {":address": applied.endpoint.address, ":port": applied.endpoint.port}
        return self._update(
            applied.organization_id,
            applied.id,
            "SET #group = :group REMOVE #lease",
            f"#wanted.#revision = :revision AND #lease = :until AND {serving}",
            names,
            values,
        )

    def _update(
        self,
        organization_id: str,
        instance_id: str,
        expression: str,
        condition: str,
        names: dict[str, str],
        values: dict[str, Any],
    ) -> Instance | None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(organization_id, instance_id),
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues={name: attribute(value) for name, value in values.items()},
                    ReturnValues="ALL_NEW",
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None
        return instance_of(answer["Attributes"])
