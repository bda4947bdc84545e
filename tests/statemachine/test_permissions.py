"""Each function may do what it does and nothing else: what it calls is what template.yaml grants it."""

import json
import threading
from collections import defaultdict
from typing import Any

import pytest

from swiftcache.domain.secrets import new_account_key, sha256
from swiftcache.domain.sizes import MIN_MEMORY
from tests.infrastructure.test_permissions import ADDED_BY_SAM, granted
from tests.statemachine.cloud import ROOT, Cloud, fails, loses_reply, wait_for
from tests.statemachine.paths import fail_once_started

WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
SERVICES = {"stepfunctions": "states"}


def actions(service: str, operation: str, parameters: dict[str, Any]) -> set[str]:
    """The IAM actions that a call needs."""
    prefix = SERVICES.get(service, service)
    if operation == "TransactWriteItems":
        return {f"dynamodb:{WRITES[kind]}" for item in parameters["TransactItems"] for kind in item}
    found = {f"{prefix}:{operation}"}
    if "Tags" in parameters:
        found.add(f"{prefix}:TagResource")
    return found


class Calls:
    """What each function calls while this watches."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, set[str]] = defaultdict(set)
        self._running = threading.local()
        invoke = cloud.invoke

        def watched(function: str, payload: object) -> object:
            self._running.name = function.split(":function:")[-1].split(":")[0]
            try:
                return invoke(function, payload)
            finally:
                self._running.name = None

        monkeypatch.setattr(cloud, "invoke", watched)
        for service in ("dynamodb", "stepfunctions", "secretsmanager", "events"):
            cloud.client(service).meta.events.register(f"provide-client-params.{service}", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        name = getattr(self._running, "name", None)
        if name:
            self.made[name] |= actions(model.service_model.service_name, model.name, params)


@pytest.fixture
def calls(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(cloud, monkeypatch)


def request(cloud: Cloud, name: str, token: str, **changes: Any) -> dict[str, Any]:
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    event["headers"]["authorization"] = f"Bearer {token}"
    answer: Any = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event | changes)
    return dict(json.loads(answer["body"]))


def test_each_function_uses_all_that_it_is_granted_and_no_more(cloud: Cloud, calls: Calls) -> None:
    token = new_account_key()
    owner = cloud.caller.organization_id
    key = {"PK": {"S": f"ACCOUNTKEY#{sha256(token)}"}, "SK": {"S": "ACCOUNTKEY"}}
    item = key | {
        "organizationId": {"S": owner},
        "role": {"S": "owner"},
        "keyId": {"S": "key_1"},
        "memberId": {"S": "mem_1"},
    }
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["TableName"], Item=item)

    cloud.faults.plan("IssueCredentials", loses_reply)
    body = {"organizationId": owner, "name": "x", "maxMemory": 10485760, "region": "eu-central"}
    instance_id = request(cloud, "create_instance", token, body=json.dumps(body))["instance"]["id"]
    cloud.wait(instance_id, "RUNNING")
    request(cloud, "list_instances", token, queryStringParameters={"organizationId": owner})
    path = f"/api/v1/instances/{instance_id}"
    cloud.ask_for_resize(instance_id, 2 * MIN_MEMORY)
    wait_for(lambda: not cloud.changing(instance_id))
    for name in ("get_instance", "delete_instance"):
        event = json.loads((ROOT / "events" / f"{name}.json").read_text())
        context = event["requestContext"]
        context = {**context, "http": {**context["http"], "path": path}}
        request(cloud, name, token, rawPath=path, requestContext=context)
    cloud.wait(instance_id, "GONE")

    fail_once_started(cloud)
    cloud.faults.plan("RollBack", fails("Injected"))
    failed = cloud.create()
    cloud.wait(failed, "ERROR")
    cloud.delete(failed)
    cloud.wait(failed, "GONE")
    cloud.quiet()

    deployed = {found.name: logical for logical, found in cloud.stack.functions.items()}
    used = {deployed[name]: made for name, made in calls.made.items()}
    assert set(used) == set(deployed.values())
    for logical, made in used.items():
        assert made == granted(f"{logical}Role") - {ADDED_BY_SAM["Action"]}, logical
