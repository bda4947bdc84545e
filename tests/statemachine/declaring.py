"""CloudFormation's side: it asks the function that stacks call, and hears an answer at an address of its own."""

import json
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from local.gateway import Gateway
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from tests.receiver import Receiver, receiving
from tests.statemachine.cloud import Cloud, loses_reply, wait_for
from tests.statemachine.tenants import Tenant, tenant

LEAST: Mapping[str, Any] = {"Name": "declared", "MaxMemory": str(MIN_MEMORY), "Region": "eu-central"}


class Stacks:
    """The stacks of one organization, whose account key the operator keeps for them."""

    def __init__(self, cloud: Cloud, owner: Tenant, receiver: Receiver) -> None:
        self.cloud = cloud
        self.owner = owner
        self.receiver = receiver

    def request(
        self, kind: str, physical_id: str = "", old: Mapping[str, Any] | None = None, **different: Any
    ) -> dict[str, Any]:
        """A request of CloudFormation; None of a property leaves it out."""
        request_id = str(uuid.uuid4())
        properties = {name: value for name, value in {**LEAST, **different}.items() if value is not None}
        event = {
            "RequestType": kind,
            "ResponseURL": self.receiver.url.replace("/hook", f"/answers/{request_id}?X-Amz-Signature=signed"),
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1",
            "RequestId": request_id,
            "ResourceType": "Custom::SwiftCacheInstance",
            "LogicalResourceId": "Sessions",
            "ResourceProperties": properties,
        }
        if physical_id:
            event["PhysicalResourceId"] = physical_id
        if kind == "Update":
            event["OldResourceProperties"] = dict(LEAST if old is None else old)
        return event

    def send(self, event: Mapping[str, Any], alias: str | None = None) -> None:
        """As Lambda calls it for CloudFormation; `alias` empty is none."""
        function = self.cloud.stack.functions["DeclareInstanceFunction"].name
        alias = self.owner.id if alias is None else alias
        self.cloud.invoke(f"{function}:{alias}" if alias else function, dict(event))

    def answer(self, event: Mapping[str, Any], seconds: float = 40) -> dict[str, Any]:
        """The first answer to this request."""
        wait_for(lambda: bool(self.answers(event)), seconds)
        return self.answers(event)[0]

    def answers(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All answers to this request."""
        path = f"/answers/{event['RequestId']}?"
        with self.receiver.heard:
            return [json.loads(message.body) for message in self.receiver.messages if message.path.startswith(path)]

    def asked(
        self, kind: str, physical_id: str = "", old: Mapping[str, Any] | None = None, **different: Any
    ) -> dict[str, Any]:
        """The answer to a request, once its execution has ended."""
        event = self.request(kind, physical_id, old, **different)
        self.send(event)
        answer = self.answer(event)
        self.cloud.quiet()
        return answer

    def ended(self, event: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """Status and error of each execution for a request."""
        return [(status, error) for _, status, error in self.cloud.ended(event["RequestId"])]

    def delete(self, instance_id: str) -> None:
        """As its owner, past the stack."""
        instance_service(self.cloud.injector).delete(self.owner.caller, instance_id)

    def secrets(self) -> dict[str, Any]:
        """What is kept for declared instances, by the secrets' names."""
        client = self.cloud.client("secretsmanager")
        names = [found["Name"] for found in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]]
        prefix = f"swiftcache/declared/{self.owner.id}/"
        return {
            name.removeprefix(prefix): json.loads(client.get_secret_value(SecretId=name)["SecretString"])
            for name in names
            if name.startswith(prefix)
        }

    def input_of(self, event: Mapping[str, Any]) -> str:
        """What the execution was given, and all that its history has."""
        client, machine = self.cloud.client("stepfunctions"), self.cloud.stack.outputs["DeclareStateMachineArn"]
        found = client.list_executions(stateMachineArn=machine)["executions"]
        [arn] = [each["executionArn"] for each in found if event["RequestId"] in each["name"]]
        history = client.get_execution_history(executionArn=arn)["events"]
        return str(client.describe_execution(executionArn=arn)["input"]) + json.dumps(history, default=str)


@contextmanager
def stacks(cloud: Cloud) -> Iterator[Stacks]:
    """With an organization of their own, and the API at an address."""
    with ExitStack() as ending:
        patch = ending.enter_context(pytest.MonkeyPatch.context())
        # One at a time: they share the API's module.
        pool = ending.enter_context(ThreadPoolExecutor(1))

        def submit(function: str, payload: bytes) -> Future[bytes]:
            name = cloud.stack.functions[function].name
            return pool.submit(lambda: json.dumps(cloud.invoke(name, json.loads(payload))).encode())

        gateway = Gateway(0)
        gateway.start(cloud.template.routes, submit)
        ending.callback(gateway.stop)
        patch.setenv("API_URL", gateway.url)
        cloud.injector.forget()
        ending.callback(cloud.injector.forget)
        owner = tenant(cloud)
        client, name = cloud.client("secretsmanager"), f"swiftcache/declaring/{owner.id}"
        client.create_secret(Name=name, SecretString=owner.plain_key)
        yield Stacks(cloud, owner, ending.enter_context(receiving()))
        cloud.quiet()
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        owner.delete()
        owner.wait(lambda found: found.items() == 0)
        cloud.quiet()


def declare(cloud: Cloud) -> None:
    """A stack declares an instance, writes its secret twice, and deletes it."""
    with stacks(cloud) as one:
        # Again after it was done: the secret is there.
        cloud.faults.plan("ApplyDeclaration", loses_reply)
        instance_id = one.asked("Create")["PhysicalResourceId"]
        assert one.asked("Delete", instance_id)["Status"] == "SUCCESS"
