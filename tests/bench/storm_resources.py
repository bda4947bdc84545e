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
from tests.bench.storm_events import TaskEvents
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
        credentials: FakeCredentials,
        record: Callable[[], Instance | None],
        instance_id: str,
        times: Times,
    ) -> None:
        super().__init__(times, Cluster(f"{instance_id}-"))
        self._account = account
        self._events = TaskEvents(account, times, instance_id)
        self._secrets = credentials.issued
        self._record = record
        self._instance_id = instance_id
        self._item: tuple[Instance | None, Json] = (None, {})

    def run_task(self, arguments: Json, asked: float) -> Json:
        answer = super().run_task(arguments, asked)
        self._events.started(self.cluster.tasks[answer["Tasks"][0]["TaskArn"]])
        return answer

    def stop_task(self, arguments: Json, asked: float) -> Json:
        task = self.cluster.tasks[arguments["Task"]]
        runs = asked < task.stopping_at
        answer = super().stop_task(arguments, asked)
        if runs:
            self._events.stopping(task)
        return answer

    def get_item(self, arguments: Json, _: float) -> Json:
        instance = self._record()
        if instance is None:
            return {}
        if self._item[0] is not instance:
            self._item = (instance, {name: _attribute(value) for name, value in instance_item(instance).items()})
        wanted = arguments["ExpressionAttributeNames"].values()
        return {"Item": {name: self._item[1][name] for name in wanted if name in self._item[1]}}

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
    "ecs:stopTask": Resources.stop_task,
    "dynamodb:getItem": Resources.get_item,
    "secretsmanager:describeSecret": Resources.describe_secret,
    "secretsmanager:deleteSecret": Resources.delete_secret,
    "sfn:describeExecution": Resources.describe_execution,
    "sfn:stopExecution": Resources.stop_execution,
}
