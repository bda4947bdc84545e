"""A request of each kind for each route that writes, and what must be there before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from swiftcache.api.routes import BACKUPS, INSTANCES, ORGANIZATIONS, ROLLOUTS, SESSION, SIGN_IN, SIGN_OUT
from swiftcache.backups.model import Backup
from swiftcache.backups.wiring import backups
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.maintenance.wiring import maintenance_service
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.rollouts.wiring import rollout_record
from tests.api_world import Answer
from tests.faults.journeys import quiet, until
from tests.statemachine.resizes import LARGER
from tests.statemachine.tenants import Tenant

ORGANIZATION = f"{ORGANIZATIONS}/{{organizationId}}"


@dataclass(frozen=True)
class Request:
    """`key` is its Idempotency-Key; `cookie` that of a session, as a page of the API's own origin sends it."""

    method: str
    path: str
    token: str
    body: Mapping[str, Any] | None = None
    key: str | None = None
    query: Mapping[str, str] | None = None
    cookie: str | None = None


@dataclass(frozen=True)
class Asking:
    """The owner of a new organization, and the operator. `url` takes webhooks; `key` is a new Idempotency-Key."""

    tenant: Tenant
    operator: str
    url: str
    send: Callable[[Request], Answer]
    key: str

    @property
    def address(self) -> str:
        return f"{ORGANIZATIONS}/{self.tenant.id}"

    def post(self, path: str, body: Mapping[str, Any] | None = None, by_operator: bool = False) -> Request:
        token = self.operator if by_operator else self.tenant.plain_key
        return Request("POST", path, token, body, self.key)

    def patch(self, path: str, body: Mapping[str, Any]) -> Request:
        return Request("PATCH", path, self.tenant.plain_key, body)

    def delete(self, path: str, **query: str) -> Request:
        return Request("DELETE", path, self.tenant.plain_key, query=query or None)

    def sign_out(self) -> Request:
        """Of a session that is there."""
        answer = self.send(Request("POST", SESSION, self.tenant.plain_key))
        [cookie] = answer.cookies
        return replace(self.delete(SESSION), cookie=cookie.partition(";")[0])

    def done(self, request: Request) -> dict[str, Any]:
        """What must be there before, made by the API itself."""
        answer = self.send(replace(request, key=None))
        assert answer.status < 300, answer.text
        return answer.body

    def running(self) -> str:
        """The address of an instance that runs."""
        instance_id = self.tenant.create()
        until(lambda: self.tenant.statuses() == ["RUNNING"])
        return f"{INSTANCES}/{instance_id}"

    def maintenance(self) -> str:
        """The address of what is pending for an instance that runs."""
        address = self.running()
        required = maintenance_service(self.tenant.cloud.injector).require(
            *(self.tenant.id, address.rpartition("/")[2], ChangeReason.IMAGE),
            datetime.now(UTC) + timedelta(days=30),
            "finder-1",
        )
        assert required is not None
        return f"{address}/maintenance/image"

    def made(self, collection: str, body: Mapping[str, Any], member: str) -> str:
        created = self.done(self.post(f"{self.address}/{collection}", body))
        return f"{self.address}/{collection}/{created[member]['id']}"

    def instance(self) -> dict[str, Any]:
        return {
            "organizationId": self.tenant.id,
            "name": "asked",
            "maxMemory": MIN_MEMORY,
            "region": "eu-central",
        }

    def instance_key(self) -> str:
        address = self.running()
        created = self.done(self.post(f"{address}/keys", KEY))
        return f"{address}/keys/{created['createdKey']['id']}"

    def webhook(self) -> str:
        return self.made("webhooks", self.hook(), "webhook")

    def hook(self) -> dict[str, Any]:
        return {"url": self.url, "events": ["instance.resized"]}

    def backup(self) -> str:
        """The address of a backup that is AVAILABLE."""
        created = self.done(self.post(f"{self.running()}/backups", {"name": "before"}))
        found = backups(self.tenant.cloud.injector)
        until(lambda: _status(found.get(self.tenant.id, created["backup"]["id"])) != "CREATING")
        return f"{BACKUPS}/{created['backup']['id']}"

    def final_backup(self) -> str:
        """The address of the last backup of an instance that is gone."""
        self.done(self.delete(self.running(), finalBackup="required"))
        until(lambda: not self.tenant.statuses())
        [found] = backups(self.tenant.cloud.injector).of_organization(self.tenant.id, 2, None).backups
        return f"{BACKUPS}/{found.id}"

    def suspended(self) -> str:
        self.done(self.post(f"{self.address}/suspend", {}, by_operator=True))
        return self.address

    def rollout(self) -> str:
        """The address of a rollout that has stopped, in the place of the one before."""
        record = rollout_record(self.tenant.cloud.injector)
        current = record.current()
        if current is not None:
            record.end(current)
        at = timestamp(datetime.now(UTC))
        new = Rollout(new_id("rol"), EngineName.REDIS, "7.2.16", RolloutStatus.STOPPED, at, at, at)
        return f"{ROLLOUTS}/{record.store(new).id}"

    def leave(self) -> None:
        """Nothing runs of it any more."""
        for instance in instances(self.tenant.cloud.injector).page(self.tenant.id, 100, None).instances:
            instance_service(self.tenant.cloud.injector).delete(self.tenant.caller, instance.id)
        until(lambda: not self.tenant.statuses())
        quiet(self.tenant.cloud)


def _status(backup: Backup | None) -> str:
    return backup.status.value if backup else "GONE"


KEY = {"name": "another"}
MEMBER = {"name": "a colleague", "role": "viewer"}
ACCOUNT_KEY = {"name": "ci", "role": "viewer"}

_INSTANCE = f"{INSTANCES}/{{instanceId}}"

REQUESTS: Mapping[str, Callable[[Asking], Request]] = {
    f"POST {INSTANCES}": lambda asking: asking.post(INSTANCES, asking.instance()),
    f"DELETE {_INSTANCE}": lambda asking: asking.delete(asking.running()),
    f"DELETE {_INSTANCE}: last backup": lambda asking: asking.delete(asking.running(), finalBackup="required"),
    f"PATCH {_INSTANCE}: name": lambda asking: asking.patch(asking.running(), {"name": "renamed"}),
    f"PATCH {_INSTANCE}: policy": lambda asking: asking.patch(asking.running(), {"evictionPolicy": "noeviction"}),
    f"PATCH {_INSTANCE}: memory": lambda asking: asking.patch(asking.running(), {"maxMemory": LARGER}),
    f"POST {_INSTANCE}/plan": lambda asking: asking.post(f"{asking.running()}/plan", {"maxMemory": LARGER}),
    f"POST {_INSTANCE}/replace": lambda asking: asking.post(f"{asking.running()}/replace"),
    f"POST {_INSTANCE}/maintenance/{{reason}}/now": lambda asking: asking.post(f"{asking.maintenance()}/now"),
    f"POST {_INSTANCE}/maintenance/{{reason}}/defer": lambda asking: asking.post(f"{asking.maintenance()}/defer"),
    f"POST {_INSTANCE}/keys": lambda asking: asking.post(f"{asking.running()}/keys", KEY),
    f"DELETE {_INSTANCE}/keys/{{keyId}}": lambda asking: asking.delete(asking.instance_key()),
    f"POST {_INSTANCE}/backups": lambda asking: asking.post(f"{asking.running()}/backups", {"name": "asked"}),
    f"DELETE {BACKUPS}/{{backupId}}": lambda asking: asking.delete(asking.backup()),
    f"POST {BACKUPS}/{{backupId}}/plan": lambda asking: asking.post(f"{asking.backup()}/plan", {}),
    f"POST {BACKUPS}/{{backupId}}/download": lambda asking: asking.post(f"{asking.backup()}/download"),
    f"POST {BACKUPS}/{{backupId}}/undelete": lambda asking: asking.post(f"{asking.final_backup()}/undelete"),
    SIGN_IN: lambda asking: asking.post(SESSION),
    SIGN_OUT: lambda asking: asking.sign_out(),
    f"POST {ORGANIZATION}/imports": lambda asking: asking.post(f"{asking.address}/imports", {"name": "asked"}),
    f"POST {ORGANIZATION}/webhooks": lambda asking: asking.post(f"{asking.address}/webhooks", asking.hook()),
    f"PATCH {ORGANIZATION}/webhooks/{{webhookId}}": lambda asking: asking.patch(asking.webhook(), {"enabled": False}),
    f"DELETE {ORGANIZATION}/webhooks/{{webhookId}}": lambda asking: asking.delete(asking.webhook()),
    f"POST {ORGANIZATION}/webhooks/{{webhookId}}/test": lambda asking: asking.post(f"{asking.webhook()}/test", {}),
    f"POST {ORGANIZATIONS}": lambda asking: asking.post(ORGANIZATIONS, {"name": "another"}, by_operator=True),
    f"PATCH {ORGANIZATION}": lambda asking: asking.patch(asking.address, {"name": "renamed"}),
    f"DELETE {ORGANIZATION}": lambda asking: asking.delete(asking.address),
    f"POST {ORGANIZATION}/suspend": lambda asking: asking.post(f"{asking.address}/suspend", {}, by_operator=True),
    f"POST {ORGANIZATION}/resume": lambda asking: asking.post(f"{asking.suspended()}/resume", {}, by_operator=True),
    f"POST {ROLLOUTS}/{{rolloutId}}/resume": lambda asking: asking.post(f"{asking.rollout()}/resume", by_operator=True),
    f"POST {ROLLOUTS}/{{rolloutId}}/abandon": lambda asking: asking.post(
        f"{asking.rollout()}/abandon", by_operator=True
    ),
    f"POST {ROLLOUTS}/{{rolloutId}}/undo": lambda asking: asking.post(f"{asking.rollout()}/undo", by_operator=True),
    f"POST {ORGANIZATION}/members": lambda asking: asking.post(f"{asking.address}/members", MEMBER),
    f"PATCH {ORGANIZATION}/members/{{memberId}}": lambda asking: asking.patch(
        asking.made("members", MEMBER, "member"), {"role": "developer"}
    ),
    f"DELETE {ORGANIZATION}/members/{{memberId}}": lambda asking: asking.delete(
        asking.made("members", MEMBER, "member")
    ),
    f"POST {ORGANIZATION}/keys": lambda asking: asking.post(f"{asking.address}/keys", ACCOUNT_KEY),
    f"DELETE {ORGANIZATION}/keys/{{keyId}}": lambda asking: asking.delete(
        asking.made("keys", ACCOUNT_KEY, "createdKey")
    ),
}
"""By API Gateway's route key, after a colon the kind of the request."""
