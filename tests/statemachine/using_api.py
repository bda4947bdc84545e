"""The API is used, so that its functions call all that they ever call."""

import json
from typing import Any

from swiftcache.webhooks.wiring import signing_secrets
from tests.receiver import answers, receiving
from tests.statemachine.cloud import ROOT, Cloud, fails, wait_for
from tests.statemachine.tenants import tenant


def request(cloud: Cloud, name: str, token: str, key: str | None = None, **changes: Any) -> dict[str, Any]:
    """The answer's body; `key` is an Idempotency-Key."""
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    event["headers"]["authorization"] = f"Bearer {token}"
    if key is not None:
        event["headers"]["idempotency-key"] = key
    answer: Any = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event | changes)
    return dict(json.loads(answer["body"]))


def use_webhooks(cloud: Cloud, token: str, owner: str) -> None:
    """Creates a webhook, tests it at a receiver that says 410, and deletes it."""

    def send(name: str, webhook_id: str = "", **changes: Any) -> dict[str, Any]:
        text = (ROOT / "events" / f"{name}.json").read_text()
        event = json.loads(text.replace("org_123", owner).replace("wh_abc123xyz", webhook_id))
        event["headers"]["authorization"] = f"Bearer {token}"
        answer: Any = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event | changes)
        return dict(json.loads(answer["body"]))

    with receiving() as receiver:
        receiver.otherwise = answers(410)
        body = json.dumps({"url": receiver.url, "events": ["member.added"]})
        webhook_id = send("create_webhook", body=body)["webhook"]["id"]
        send("test_webhook", webhook_id)
        receiver.wait(1)
        cloud.quiet()
        send("list_deliveries", webhook_id)
        send("delete_webhook", webhook_id)
    fanned_out = cloud.stack.functions["FanOutEventFunction"].name
    event = json.loads((ROOT / "events" / "table_changed.json").read_text().replace("org_123", owner))
    with receiving() as receiver:
        body = json.dumps({"url": receiver.url, "events": ["instance.status_changed"]})
        webhook_id = send("create_webhook", body=body)["webhook"]["id"]
        cloud.invoke(fanned_out, event)
        receiver.wait(1)
        cloud.quiet()
        send("delete_webhook", webhook_id)
        wait_for(lambda: signing_secrets(cloud.injector).find(webhook_id) is None)


def request_at(cloud: Cloud, name: str, token: str, path: str, **changes: Any) -> dict[str, Any]:
    """The sample request of this name, at another path."""
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    context = event["requestContext"]
    context = {**context, "http": {**context["http"], "path": path}}
    return request(cloud, name, token, rawPath=path, requestContext=context, **changes)


def manage_account_keys(cloud: Cloud, token: str) -> None:
    """Creates an account key, lists it and revokes it."""
    keys = f"/api/v1/organizations/{cloud.caller.organization_id}/keys"
    body = json.dumps({"name": "ci", "role": "viewer", "memberId": cloud.caller.member_id})
    created = request_at(cloud, "create_account_key", token, keys, body=body)["createdKey"]
    request_at(cloud, "list_account_keys", token, keys)
    request_at(cloud, "revoke_account_key", token, f"{keys}/{created['id']}")


def empty_an_organization(cloud: Cloud) -> None:
    """Deletes one that has an instance; the emptying fails once."""
    emptied = tenant(cloud)
    emptied.create()
    cloud.faults.plan("DeleteInstances", fails("Injected"))
    emptied.delete()
    emptied.wait(lambda found: found.items() == 0)
