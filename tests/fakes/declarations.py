"""What declarations need of the world, in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swiftcache.declarations.model import InstanceBusy
from swiftcache.declarations.ports import MadeInstance
from tests.samples import ORGANIZATION

HOST = "abc.redis.example.com"


def an_instance_body(**different: Any) -> dict[str, Any]:
    """An instance as the API shows it, as far as declarations look."""
    settings = {"timeout": 600, "maxmemory-samples": 5, "lazyfree-lazy-expire": False}
    found = {
        "id": "inst_a1",
        "organizationId": ORGANIZATION,
        "name": "sessions",
        "status": "RUNNING",
        "maxMemory": 268435456,
        "region": "eu-central",
        "evictionPolicy": "allkeys-lru",
        "notifyKeyspaceEvents": "",
        "settings": settings,
        "persistence": False,
        "deletionProtection": False,
        "expiresAt": None,
        "backupSchedule": None,
        "recoverFromBackup": False,
        "restoredFrom": None,
        "engine": "redis",
        "version": "7.2.16",
        "allowedCidrs": None,
        "allowedCidrsInForce": True,
        "connection": {"host": HOST, "port": 6379},
        "change": None,
        "error": None,
        "finalBackupError": None,
    }
    return found | different


@dataclass
class FakeInstanceApi:
    """`instances` by their ids; `calls` are what was asked, in order. A key of idempotency makes one instance."""

    instances: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    made: dict[str, MadeInstance] = field(default_factory=dict)
    busy: int = 0
    """How many changes are refused, since another is under way."""

    def create(self, organization_id: str, idempotency_key: str, body: Mapping[str, Any]) -> MadeInstance:
        self.calls.append(("create", idempotency_key, dict(body)))
        if idempotency_key not in self.made:
            number = len(self.made) + 1
            made = MadeInstance(f"inst_new{number}", f"sc_live_{number}")
            self.made[idempotency_key] = made
            wanted = {name: value for name, value in body.items() if name != "settings"}
            self.instances[made.instance_id] = an_instance_body(
                id=made.instance_id, status="PROVISIONING", connection=None, **wanted
            )
        return self.made[idempotency_key]

    def get(self, organization_id: str, instance_id: str) -> Mapping[str, Any] | None:
        found = self.instances.get(instance_id)
        return found if found and found["organizationId"] == organization_id else None

    def change(self, organization_id: str, instance_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.busy:
            self.busy -= 1
            raise InstanceBusy("CHANGE_IN_PROGRESS: wait for its end")
        self.calls.append(("change", instance_id, dict(body)))
        self.instances[instance_id] |= body
        return self.instances[instance_id]

    def delete(self, organization_id: str, instance_id: str, final_backup: str) -> None:
        self.calls.append(("delete", instance_id, final_backup))
        if instance_id in self.instances and final_backup == "none":
            self.instances[instance_id]["status"] = "DELETING"

    def create_key(self, organization_id: str, instance_id: str, idempotency_key: str, name: str) -> str:
        self.calls.append(("create_key", instance_id, idempotency_key))
        return "sc_live_another"

    def become(self, instance_id: str, **different: Any) -> None:
        self.instances[instance_id] |= different

    def run(self, instance_id: str) -> None:
        self.become(instance_id, status="RUNNING", connection={"host": HOST, "port": 6379})


@dataclass
class FakeKeySecrets:
    """`values` by organization and instance."""

    values: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def keep(self, organization_id: str, instance_id: str, plain_key: str) -> None:
        self.values[organization_id, instance_id] = {"username": "default", "password": plain_key}

    def complete(self, organization_id: str, instance_id: str, host: str, port: int) -> str | None:
        value = self.values.get((organization_id, instance_id))
        if value is None:
            return None
        value |= {"host": host, "port": port, "url": f"rediss://default:{value['password']}@{host}:{port}"}
        return f"arn:secret:{instance_id}"

    def forget(self, organization_id: str, instance_id: str) -> None:
        self.values.pop((organization_id, instance_id), None)

    def text(self) -> str:
        return json.dumps(list(self.values.values()))
