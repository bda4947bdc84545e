"""What a request costs in calls of AWS: the account key's, and as few as can be besides."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from swiftcache.domain.secrets import new_account_key, sha256
from tests.statemachine.cloud import ROOT, Cloud

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
    }
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["TableName"], Item=item)

    def send(name: str, instance_id: str = "", **changes: Any) -> tuple[dict[str, Any], list[str]]:
        text = (ROOT / "events" / f"{name}.json").read_text()
        event = json.loads(text.replace("inst_abc123xyz", instance_id).replace("org_123", owner))
        event["headers"]["authorization"] = f"Bearer {token}"
        with cloud.watched() as calls:
            answer: Any = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event | changes)
        return json.loads(answer["body"]) if answer["body"].startswith("{") else {}, calls

    return send


def test_each_request_makes_as_few_calls_as_it_can(cloud: Cloud, request_: Request) -> None:
    created, calls = request_("create_instance")
    assert calls == ["GetItem", "TransactWriteItems", "StartExecution"]
    instance_id = created["instance"]["id"]
    cloud.wait(instance_id, "RUNNING")

    assert request_("get_instance", instance_id)[1] == ["GetItem", "GetItem"]
    assert request_("list_instances")[1] == ["GetItem", "Query"]
    assert request_("get_metrics", instance_id)[1] == ["GetItem", "GetItem", "Query"]
    assert request_("get_prometheus_metrics")[1] == ["GetItem", "Query", "Query"]
    assert request_("list_regions")[1] == []
    assert request_("anything_else")[1] == []

    assert request_("delete_instance", instance_id)[1] == ["GetItem", "TransactWriteItems", "StartExecution"]
    cloud.wait(instance_id, "GONE")
    assert request_("delete_instance", instance_id)[1] == ["GetItem", "TransactWriteItems", "GetItem"]
