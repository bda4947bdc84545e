"""Another organization of the running service, to be suspended and deleted without harm to the tests' own."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from swiftcache.access.identity import Caller, Role
from swiftcache.instances.model import NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.model import Limits, Organization
from swiftcache.organizations.wiring import accounts, organization_service
from swiftcache.platform.tokens import sha256
from tests.samples import AT, a_caller
from tests.statemachine.cloud import Cloud

OPERATOR = a_caller(organization_id="org_operator", key_id="key_operator", role=Role.OPERATOR, request_id="request-op")


@dataclass(frozen=True)
class Tenant:
    """`plain_key` is its owner's account key."""

    cloud: Cloud
    caller: Caller
    plain_key: str

    @property
    def id(self) -> str:
        return self.caller.organization_id

    def create(self) -> str:
        """A new instance's id; its provisioning has begun."""
        new = NewInstance(self.id, "tested", MIN_MEMORY, "eu-central")
        return instance_service(self.cloud.injector).create(self.caller, new).instance.id

    def statuses(self) -> list[str]:
        page = instances(self.cloud.injector).page(self.id, 100, None)
        return [instance.status.value for instance in page.instances]

    def organization(self) -> Organization | None:
        return accounts(self.cloud.injector).organization(self.id)

    def suspend(self) -> None:
        organization_service(self.cloud.injector).suspend(OPERATOR, self.id)

    def resume(self) -> None:
        organization_service(self.cloud.injector).resume(OPERATOR, self.id)

    def delete(self) -> None:
        organization_service(self.cloud.injector).delete(self.caller, self.id)

    def key_works(self) -> bool:
        return accounts(self.cloud.injector).identity(sha256(self.plain_key), AT) is not None

    def items(self) -> int:
        """How many items it has in its partition."""
        answer = self.cloud.client("dynamodb").query(
            TableName=self.cloud.stack.outputs["TableName"],
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"ORG#{self.id}"}},
        )
        return int(answer["Count"])

    def executions(self) -> list[tuple[str, str, str | None]]:
        """Attempt, status and error of each execution that empties it."""
        found = self.cloud.ended(f"empty-{self.id}")
        return sorted((name.removeprefix(f"empty-{self.id}-"), status, error) for name, status, error in found)

    def wait(self, condition: Callable[["Tenant"], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition(self):
            assert time.monotonic() < end, (self.statuses(), self.executions())
            time.sleep(0.005)

    def wait_emptied(self) -> None:
        """Until its last execution has succeeded and nothing runs any more."""
        self.wait(lambda tenant: "SUCCEEDED" in {status for _, status, _ in tenant.executions()})
        self.cloud.quiet()


def tenant(cloud: Cloud) -> Tenant:
    """A new one, with room for a hundred instances."""
    created = organization_service(cloud.injector).create(
        OPERATOR, "Tenant", Limits(100, 100 * MIN_MEMORY, 100, 100 * MIN_MEMORY)
    )
    organization_id = created.organization.id
    caller = a_caller(organization_id=organization_id, key_id=created.key.id, member_id=created.owner.id)
    return Tenant(cloud, caller, created.plain_key)
