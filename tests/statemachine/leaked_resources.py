"""Things in the world that belong to nobody, made by hand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from swiftcache.platform.items import instance_key, organization_key
from tests.statemachine.cloud import DOMAIN, Answer, Cloud, wait_for


@dataclass
class LeakedResources:
    """What is made here goes by the reconciler alone."""

    cloud: Cloud
    blocked: threading.Event = field(default_factory=threading.Event)

    @property
    def table(self) -> str:
        return self.cloud.stack.outputs["TableName"]

    def running(self) -> str:
        """The id of an instance of the organization."""
        instance_id = self.cloud.create()
        self.cloud.wait(instance_id, "RUNNING")
        self.cloud.quiet()
        return instance_id

    def forget(self, instance_id: str) -> None:
        """Takes the record away from an instance, and nothing else."""
        key = instance_key(self.cloud.caller.organization_id, instance_id)
        self.cloud.client("dynamodb").delete_item(TableName=self.table, Key=key)

    def task(self, like: str, instance_id: str) -> None:
        """Starts a task as another instance's, by this id."""
        self._run(like, str(self._of(like)["taskDefinitionArn"]), startedBy=instance_id)

    def task_of_its_family(self, like: str, instance_id: str) -> None:
        """The same, as tasks were started before their starter was their instance."""
        self._run(like, self.definition(like, instance_id), startedBy="swiftcache")

    def definition(self, like: str, instance_id: str) -> str:
        """Registers the definition of another instance's task under this id."""
        ecs, arn = self.cloud.client("ecs"), self._of(like)["taskDefinitionArn"]
        found = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        wanted = ("containerDefinitions", "cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn")
        copied = {name: found[name] for name in wanted}
        made = ecs.register_task_definition(family=f"swiftcache-{instance_id}", **copied)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def _of(self, instance_id: str) -> dict[str, Any]:
        """The instance's task, as ECS describes it."""
        ecs, cluster = self.cloud.client("ecs"), self.cloud.stack.outputs["ClusterName"]
        [described] = ecs.describe_tasks(cluster=cluster, tasks=self.cloud.tasks(instance_id))["tasks"]
        return dict(described)

    def _run(self, like: str, definition: str, **how: Any) -> None:
        ecs, cluster = self.cloud.client("ecs"), self.cloud.stack.outputs["ClusterName"]
        task = self._of(like)
        subnet = next(one["value"] for one in task["attachments"][0]["details"] if one["name"] == "subnetId")
        network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
        started = {"cluster": cluster, "taskDefinition": definition, "overrides": task["overrides"], **how}
        ecs.run_task(networkConfiguration=network, launchType="FARGATE", **started)

    def inactive_definition(self, like: str, instance_id: str) -> None:
        self.cloud.client("ecs").deregister_task_definition(taskDefinition=self.definition(like, instance_id))

    def record(self, _: str, instance_id: str) -> None:
        name = f"{instance_id.removeprefix('inst_')}.redis.{DOMAIN}"
        record = {"Name": name, "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        route53 = self.cloud.client("route53")
        [zone] = route53.list_hosted_zones()["HostedZones"]
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch=batch)

    def secret(self, _: str, instance_id: str) -> None:
        self.cloud.client("secretsmanager").create_secret(Name=f"swiftcache/instances/{instance_id}", SecretString="x")

    def volume(self, _: str, instance_id: str) -> None:
        [file_system] = self.cloud.client("efs").describe_file_systems()["FileSystems"]
        self.cloud.client("efs").create_access_point(
            ClientToken=instance_id,
            FileSystemId=file_system["FileSystemId"],
            RootDirectory={"Path": f"/instances/{instance_id}"},
        )

    def group(self, _: str, instance_id: str) -> None:
        network = self.cloud.stack.outputs["NetworkId"]
        self.cloud.client("ec2").create_security_group(
            GroupName=f"swiftcache-{instance_id}", Description="leaked", VpcId=network
        )

    def miscount(self, organization_id: str | None = None) -> None:
        """Makes an organization's count wrong: by default that of the tests' own."""
        self.cloud.client("dynamodb").update_item(
            TableName=self.table,
            Key=organization_key(organization_id or self.cloud.caller.organization_id),
            UpdateExpression="ADD instancesLeft :wrong, memoryLeft :wrong",
            ExpressionAttributeValues={":wrong": {"N": "7"}},
        )

    def item(self, partition: str, sort_key: str, **values: Any) -> None:
        item = {"PK": {"S": partition}, "SK": {"S": sort_key}, **{name: {"S": text} for name, text in values.items()}}
        self.cloud.client("dynamodb").put_item(TableName=self.table, Item=item)

    def has_item(self, partition: str, sort_key: str) -> bool:
        key = {"PK": {"S": partition}, "SK": {"S": sort_key}}
        return "Item" in self.cloud.client("dynamodb").get_item(TableName=self.table, Key=key)

    def blocks(self, answer: Answer) -> object:
        """A call that does not end before `blocked` is set."""
        self.blocked.wait(20)
        return answer()

    def gone(self, instance_id: str) -> None:
        """Waits until nothing of it is left."""
        wait_for(lambda: self.cloud.left(instance_id) == {})
        self.cloud.quiet()


MAKERS: dict[str, Callable[[LeakedResources, str, str], object]] = {
    "task": LeakedResources.task,
    "task of its family": LeakedResources.task_of_its_family,
    "definition": LeakedResources.definition,
    "inactive definition": LeakedResources.inactive_definition,
    "record": LeakedResources.record,
    "secret": LeakedResources.secret,
    "volume": LeakedResources.volume,
    "group": LeakedResources.group,
}
"""How to make one of each kind that an instance has: like whose, and with which id in its name."""
