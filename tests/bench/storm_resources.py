"""What the services answer of one instance in a storm: its tasks, its name, its secret, its record, its executions."""

from collections.abc import Callable, Mapping
from typing import Any

from sfnx.integrations import sdk_member
from sfnx.testing import Failure

from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from tests.bench.simulated_tasks import ECS_ANSWERS, Cluster, Ecs, Json
from tests.bench.stage_times import Times
from tests.bench.storm_account import Account
from tests.bench.storm_zone import InvalidChangeBatch, Zone
from tests.fakes.redis import FakeCredentials

SECRETS = "${InstanceSecretPrefix}"
CREATED_BEFORE = ("provision-", "claim-")
"""Executions of these names that were not seen have succeeded before: Step Functions knows them for 90 days."""


class Resources(Ecs):
    """Each answer takes what is asked, and when. Raises Failure with the service's own errors.

    `record` is the instance as the table has it; None if it has not.
    """

    def __init__(
        self,
        account: Account,
        zone: Zone,
        credentials: FakeCredentials,
        record: Callable[[], Instance | None],
        instance_id: str,
        times: Times,
    ) -> None:
        super().__init__(times, Cluster(f"{instance_id}-"))
        self._account = account
        self._zone = zone
        self._secrets = credentials.issued
        self._record = record
        self._instance_id = instance_id
        self._item: tuple[Instance | None, Json] = (None, {})

    def run_task(self, arguments: Json, asked: float) -> Json:
        if "ACTIVE" not in self.cluster.definitions.values():
            raise Failure("Ecs.ClientException", "TaskDefinition not found.")
        return super().run_task(arguments, asked)

    def get_item(self, arguments: Json, _: float) -> Json:
        instance = self._record()
        if instance is None:
            return {}
        if self._item[0] is not instance:
            self._item = (instance, {name: _attribute(value) for name, value in instance_item(instance).items()})
        wanted = arguments["ExpressionAttributeNames"].values()
        return {"Item": {name: self._item[1][name] for name in wanted if name in self._item[1]}}

    def change_record(self, arguments: Json, _: float) -> Json:
        changes = [
            (
                change["Action"],
                change["ResourceRecordSet"]["Name"],
                tuple(record["Value"] for record in change["ResourceRecordSet"]["ResourceRecords"]),
            )
            for change in arguments["ChangeBatch"]["Changes"]
        ]
        try:
            change_id = self._zone.change(changes)
        except InvalidChangeBatch as error:
            raise Failure("Route53.InvalidChangeBatchException", str(error)) from error
        return {"ChangeInfo": {"Id": f"/change/{change_id}", "Status": "PENDING"}}

    def get_change(self, arguments: Json, _: float) -> Json:
        return {"ChangeInfo": {"Status": "INSYNC" if self._zone.in_sync(arguments["Id"]) else "PENDING"}}

    def list_records(self, arguments: Json, _: float) -> Json:
        name = arguments["StartRecordName"].rstrip(".")
        values = [{"Value": value} for value in self._zone.records.get(name, ())]
        found = {"Name": f"{name}.", "Type": "A", "Ttl": 5, "ResourceRecords": values}
        return {"ResourceRecordSets": [found] if values else []}

    def describe_secret(self, arguments: Json, _: float) -> Json:
        return {"Arn": self._secret(arguments)}

    def delete_secret(self, arguments: Json, _: float) -> Json:
        del self._secrets[self._secret(arguments)]
        return {}

    def describe_execution(self, arguments: Json, _: float) -> Json:
        return {"Status": self._execution(arguments)}

    def stop_execution(self, arguments: Json, _: float) -> Json:
        if self._execution(arguments) == "RUNNING":
            self._account.executions[_name_in(arguments)].stop.set()
        return {}

    def _secret(self, arguments: Json) -> str:
        instance_id = arguments["SecretId"].removeprefix(SECRETS)
        if instance_id not in self._secrets:
            raise Failure("SecretsManager.ResourceNotFoundException", "Secrets Manager can't find the secret.")
        return str(instance_id)

    def _execution(self, arguments: Json) -> str:
        name = _name_in(arguments)
        if name in self._account.executions:
            return self._account.executions[name].status
        if name.startswith(CREATED_BEFORE):
            return "SUCCEEDED"
        raise Failure("Sfn.ExecutionDoesNotExistException", f"Execution Does Not Exist: '{name}'")


def _name_in(arguments: Json) -> str:
    return str(arguments["ExecutionArn"].rpartition(":")[2])


def _attribute(value: Any) -> Any:
    """An attribute of DynamoDB's, in the spelling of an SDK integration: `Bool` for `BOOL`."""
    [(kind, content)] = value.items()
    if kind == "M":
        content = {name: _attribute(inner) for name, inner in content.items()}
    elif kind == "L":
        content = [_attribute(inner) for inner in content]
    return {sdk_member(kind): content}


Answer = Callable[[Resources, Json, float], Json]

ANSWERS: Mapping[str, Answer] = {
    **ECS_ANSWERS,
    "ecs:runTask": Resources.run_task,
    "dynamodb:getItem": Resources.get_item,
    "route53:changeResourceRecordSets": Resources.change_record,
    "route53:getChange": Resources.get_change,
    "route53:listResourceRecordSets": Resources.list_records,
    "secretsmanager:describeSecret": Resources.describe_secret,
    "secretsmanager:deleteSecret": Resources.delete_secret,
    "sfn:describeExecution": Resources.describe_execution,
    "sfn:stopExecution": Resources.stop_execution,
}
