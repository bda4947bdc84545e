"""What a request costs in calls of AWS: the account key's, and as few as can be besides."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from swiftcache.access.authentication import authenticate
from swiftcache.access.credentials import Credentials
from swiftcache.configuration.invoke import LambdaConfigureTrigger
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.items import account_key_key
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_account_key, sha256
from swiftcache.sessions.wiring import sessions
from tests.receiver import receiving
from tests.statemachine.claims import a_pool
from tests.statemachine.cloud import ROOT, Answer, Cloud

Request = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def request_(cloud: Cloud) -> Request:
    """Sends a sample request as the cloud's organization; gives the answer's body and the calls it took."""
    token = new_account_key()
    owner = cloud.caller.organization_id
    key = {"PK": {"S": f"ACCOUNTKEY#{sha256(token)}"}, "SK": {"S": "ACCOUNTKEY"}}
    item = key | {
        "organizationId": {"S": owner},
        "role": {"S": "owner"},
        "keyId": {"S": "key_1"},
        "memberId": {"S": "mem_1"},
        # Used a moment ago: noting that anew is not a part of every request.
        "lastUsedAt": {"S": timestamp(datetime.now(UTC))},
    }
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["TableName"], Item=item)

    def send(name: str, target_id: str = "", **changes: Any) -> tuple[dict[str, Any], list[str]]:
        text = (ROOT / "events" / f"{name}.json").read_text()
        for sample in ("inst_abc123xyz", "wh_abc123xyz"):
            text = text.replace(sample, target_id)
        event = json.loads(text.replace("org_123", owner))
        event["headers"]["authorization"] = f"Bearer {token}"
        event["requestContext"]["http"]["path"] = changes.get("rawPath", event["rawPath"])
        with cloud.watched() as calls:
            answer: Any = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event | changes)
        body = answer["body"]
        return json.loads(body) if body.startswith("{") else {}, calls

    return send


def listing(cloud: Cloud, **only: str) -> dict[str, str]:
    return {"organizationId": cloud.caller.organization_id, **only}


def test_a_creation_that_a_member_of_the_pool_fits_makes_one_call_more(cloud: Cloud, request_: Request) -> None:
    fits = {"organizationId": cloud.caller.organization_id, "name": "x", "maxMemory": 10485760, "region": "eu-central"}
    with a_pool(cloud) as pool:
        member = pool.fill()
        created, calls = request_("create_instance", body=json.dumps(fits))
        assert calls == ["GetItem", "Query", "TransactWriteItems", "StartExecution"]
        assert created["instance"]["id"] == member.id
        cloud.wait(member.id, "RUNNING")
        cloud.delete(member.id)
        cloud.wait(member.id, "GONE")


def test_each_request_makes_as_few_calls_as_it_can(cloud: Cloud, request_: Request) -> None:
    created, calls = request_("create_instance")
    assert calls == ["GetItem", "UpdateItem", "TransactWriteItems", "UpdateItem", "StartExecution"]
    instance_id = created["instance"]["id"]
    cloud.wait(instance_id, "RUNNING")

    assert request_("get_instance", instance_id)[1] == ["GetItem", "GetItem"]
    assert request_("list_instances")[1] == ["GetItem", "Query"]
    assert request_("get_metrics", instance_id)[1] == ["GetItem", "GetItem", "GetItem", "Query"]
    week, hour = ({"queryStringParameters": {"period": period}} for period in ("7d", "1h"))
    assert request_("get_metrics", instance_id, **week)[1] == ["GetItem", "GetItem", "GetItem", "Query"]
    assert request_("get_metrics", instance_id, **hour)[1] == ["GetItem", "GetItem", "GetItem", "Query", "Query"]
    assert request_("get_prometheus_metrics")[1] == ["GetItem", "BatchGetItem", "Query"]
    assert request_("list_instances", queryStringParameters=listing(cloud, name="my-redis"))[1] == ["GetItem", "Query"]
    assert request_("list_regions")[1] == []
    assert request_("get_docs")[1] == request_("get_openapi")[1] == []
    waited = request_("wait_for_instance", instance_id)[1]
    assert waited == ["GetItem", "GetItem"], "what is there already needs no look"
    assert request_("get_timeline", instance_id)[1] == ["GetItem", "GetItem", "GetExecutionHistory"]
    assert request_("get_receipt", instance_id)[1] == ["GetItem", "GetItem"]
    assert request_("anything_else")[1] == []

    assert request_("get_usage")[1] == ["GetItem", "GetItem"]
    assert request_("list_members")[1] == ["GetItem", "GetItem", "Query"]
    assert request_("list_account_keys")[1] == ["GetItem", "GetItem", "Query", "BatchGetItem"]
    assert request_("create_member")[1] == ["GetItem", "GetItem", "Query", "TransactWriteItems"]

    assert request_("delete_instance", instance_id)[1] == ["GetItem", "TransactWriteItems", "StartExecution"]
    cloud.wait(instance_id, "GONE")
    assert request_("delete_instance", instance_id)[1] == ["GetItem", "TransactWriteItems", "GetItem"]


def test_changes_of_a_running_instance_make_as_few_calls_as_they_can(
    cloud: Cloud, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else it depends on the stream how much there is left to do for the configuration that the API asks for.
    monkeypatch.setattr(LambdaConfigureTrigger, "start", lambda *_: None)
    created, _ = request_("create_instance")
    instance_id = created["instance"]["id"]
    key_id = created["createdDefaultKey"]["id"]
    cloud.wait(instance_id, "RUNNING")

    # ControlRedis runs in this thread, so its calls are seen too: those after Invoke.
    ours = ["GetItem", "GetItem", "TransactWriteItems", "Invoke"]
    control = ["GetItem", "UpdateItem", "GetSecretValue", "PutSecretValue", "UpdateItem"]
    assert request_("create_instance_key", instance_id)[1] == ours + control
    assert request_("list_instance_keys", instance_id)[1] == ["GetItem", "GetItem", "GetItem"]
    revoked = request_("revoke_instance_key", instance_id, rawPath=f"/api/v1/instances/{instance_id}/keys/{key_id}")
    assert revoked[1] == ours + control

    policy = json.dumps({"evictionPolicy": "allkeys-lfu"})
    control.remove("PutSecretValue")
    assert request_("change_instance", instance_id, body=policy)[1] == [*ours, *control, "GetItem"]
    assert request_("change_instance", instance_id, body=policy)[1] == ["GetItem", "GetItem"]
    assert request_("plan_change", instance_id, body=policy)[1] == ["GetItem", "GetItem"]
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_requests_for_webhooks_make_as_few_calls_as_they_can(request_: Request) -> None:
    with receiving() as receiver:
        body = json.dumps({"url": receiver.url, "events": ["member.added"]})
        created, calls = request_("create_webhook", body=body)
        assert calls == ["GetItem", "TransactWriteItems", "CreateSecret"]
        webhook_id = created["webhook"]["id"]
        assert request_("list_webhooks")[1] == ["GetItem", "Query"]
        assert request_("get_webhook", webhook_id)[1] == ["GetItem", "GetItem"]
        assert request_("test_webhook", webhook_id)[1] == ["GetItem", "GetItem", "StartExecution"]
        receiver.wait(1)
    assert request_("list_deliveries", webhook_id)[1] == ["GetItem", "GetItem", "Query"]
    assert request_("change_webhook", webhook_id)[1] == ["GetItem", "GetItem", "TransactWriteItems"]
    assert request_("delete_webhook", webhook_id)[1] == ["GetItem", "GetItem", "TransactWriteItems"]


def test_a_wait_is_counted_and_makes_five_cheap_looks_a_second_and_one_read(cloud: Cloud, request_: Request) -> None:
    created, _ = request_("create_instance")
    instance_id = created["instance"]["id"]
    cloud.faults.plan("VerifyRedis", slowly)
    answer, calls = request_("wait_for_instance", instance_id)
    looks = calls[3:-1]
    assert answer["instance"]["status"] == "RUNNING"
    assert calls[:3] == ["GetItem", "GetItem", "UpdateItem"]
    assert calls[-1] == "GetItem"
    assert set(looks) == {"GetItem"}
    assert len(looks) < 20, "fewer than in four seconds"
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def slowly(answer: Answer) -> object:
    time.sleep(1)
    return answer()


def test_a_use_is_noted_with_one_call_and_then_not_for_a_while(cloud: Cloud) -> None:
    at = timestamp(datetime.now(UTC))
    key = sha256("sk_live_unused")
    item = account_key_key(key) | {"keyId": {"S": "key_1"}, "memberId": {"S": "mem_1"}, "role": {"S": "viewer"}}
    item |= {"organizationId": {"S": cloud.caller.organization_id}}
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["TableName"], Item=item)
    calls = []
    for _ in range(2):
        with cloud.watched() as made:
            authenticate(
                accounts(cloud.injector),
                sessions(cloud.injector),
                Credentials(account_key="sk_live_unused"),
                "203.0.113.7",
                "request-1",
                datetime.now(UTC),
            )
        calls.append(made)
    assert calls == [["GetItem", "UpdateItem"], ["GetItem"]]
    found = accounts(cloud.injector).identity(key, at)
    assert found is not None
    assert found.last_used_at is not None
    assert found.last_used_at >= at
