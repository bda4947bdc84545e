"""Each function may do what it does and nothing else: what it calls is what template.yaml grants it."""

import json

import pytest

from swiftcache.platform.tokens import new_account_key, sha256
from tests.infrastructure.test_permissions import ADDED_BY_SAM, MOUNT, granted
from tests.statemachine.calls import Calls
from tests.statemachine.cloud import Cloud, fails, loses_reply, wait_for
from tests.statemachine.declaring import declare
from tests.statemachine.paths import fail_once_started
from tests.statemachine.resizes import LARGER
from tests.statemachine.using_api import empty_an_organization, manage_account_keys, request, request_at, use_webhooks
from tests.statemachine.using_backups import back_up, delete_with_last_backups, keep_backups, transfer
from tests.statemachine.using_fleet import (
    begin_again,
    claim,
    collect,
    hang,
    keep,
    reconcile,
    recover,
    rotate,
    sweep,
    wait_in_vain,
)
from tests.statemachine.using_maintenance import maintain, renew
from tests.statemachine.using_networks import limit

SECONDS = 300
"""For all that the functions do, one after the other."""

BY_SECRETS_MANAGER = {"kms:Decrypt", "kms:GenerateDataKey"}
"""What it does for whoever reads or writes a secret that is under a key of the operator's."""


@pytest.fixture
def calls(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(cloud, monkeypatch)


@pytest.mark.timeout(SECONDS)
def test_each_function_uses_all_that_it_is_granted_and_no_more(
    cloud: Cloud, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    body = {"organizationId": owner, "name": "x", "maxMemory": 10485760, "region": "eu-central", "persistence": True}
    instance_id = request(cloud, "create_instance", token, "once", body=json.dumps(body))["instance"]["id"]
    again = request(cloud, "create_instance", token, "once", body=json.dumps(body))
    assert again["instance"]["id"] == instance_id
    cloud.wait(instance_id, "RUNNING")
    collect(cloud, owner, instance_id, monkeypatch)
    request(cloud, "list_instances", token, queryStringParameters={"organizationId": owner})
    rotate(cloud, instance_id)
    path = f"/api/v1/instances/{instance_id}"
    cloud.ask_for_resize(instance_id, LARGER)
    wait_for(lambda: not cloud.changing(instance_id))
    back_up(cloud, token, instance_id)
    transfer(cloud, token)
    begin_again(cloud, token)
    hang(cloud, instance_id, monkeypatch)
    recover(cloud, instance_id)
    # What another function has read of the secrets is not known in a process of its own.
    cloud.injector.forget()
    for name, part in (
        ("create_instance_key", "/keys"),
        ("get_instance", ""),
        ("get_timeline", "/timeline"),
        ("get_live_metrics", "/metrics/live"),
        ("get_slowlog", "/slowlog"),
        ("delete_instance", ""),
    ):
        request_at(cloud, name, token, path + part)
    cloud.wait(instance_id, "GONE")

    sweep(cloud)
    delete_with_last_backups(cloud)
    fail_once_started(cloud)
    cloud.faults.plan("RollBack", fails("Injected"))
    failed = cloud.create()
    cloud.wait(failed, "ERROR")
    cloud.delete(failed)
    cloud.wait(failed, "GONE")
    manage_account_keys(cloud, token)
    empty_an_organization(cloud)
    claim(cloud)
    limit(cloud)
    cloud.quiet()

    use_webhooks(cloud, token, owner)
    reconcile(cloud, monkeypatch)
    keep(cloud, monkeypatch)
    keep_backups(cloud)
    maintain(cloud)
    wait_in_vain(cloud)
    declare(cloud)
    renew(cloud, monkeypatch)

    deployed = {found.name: logical for logical, found in cloud.stack.functions.items()}
    used = {deployed[name]: made for name, made in calls.made.items()}
    right = {each: granted(f"{each}Role") - {ADDED_BY_SAM["Action"]} for each in deployed.values()}
    assert set(used) == {each for each in right if right[each]}
    right = {each: rights - MOUNT for each, rights in right.items()}
    right["RenewCertificateFunction"] -= BY_SECRETS_MANAGER
    assert {logical: sorted(right[logical] - made) for logical, made in used.items() if right[logical] - made} == {}
    assert {logical: sorted(made - right[logical]) for logical, made in used.items() if made - right[logical]} == {}
