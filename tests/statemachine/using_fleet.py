"""What looks after all instances has to do all that it ever does."""

import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from swiftcache.configuration.model import new_run
from swiftcache.configuration.wiring import configuration_store, key_service
from swiftcache.dns.wiring import record_queue
from swiftcache.instances.key import KeyRole
from swiftcache.instances.ports import Target
from swiftcache.instances.sizes import MIB
from swiftcache.instances.stores import fleet
from swiftcache.metrics import shards
from swiftcache.metrics.buckets import bucket_of
from swiftcache.metrics.items import states_key
from swiftcache.metrics.wiring import scraper
from swiftcache.organizations.model import AuditFilter
from swiftcache.organizations.wiring import audit_service
from swiftcache.platform.aws import clock, now
from swiftcache.platform.timestamps import timestamp
from swiftcache.provisioning.wiring import workflows
from swiftcache.redis.control_passwords import Stage
from swiftcache.redis.wiring import credentials
from swiftcache.webhooks.wiring import signing_secrets
from tests.samples import an_entry
from tests.statemachine.claims import a_pool
from tests.statemachine.cloud import ROOT, Answer, Cloud, fails, loses_reply, wait_for
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.pools import Pool
from tests.statemachine.reconciling import Reconciling
from tests.statemachine.recoveries import kill, process_of
from tests.statemachine.using_api import request, request_at
from tests.statemachine.using_backups import compare_backups


def recover(cloud: Cloud, instance_id: str) -> None:
    """Its task dies, and a key is revoked before another has started; the answer to the end of the recovery is lost."""
    instance = cloud.find(instance_id)
    assert instance is not None
    assert instance.endpoint is not None
    key = key_service(cloud.injector).create(cloud.caller, instance_id, "goes", KeyRole.READ_WRITE).key

    def revoke_first(answer: Answer) -> object:
        key_service(cloud.injector).revoke(cloud.caller, instance_id, key.id)
        return answer()

    cloud.faults.plan("PlanRecovery", revoke_first)
    cloud.faults.plan("MarkRecovered", loses_reply)
    kill(cloud, instance.endpoint.task)
    wait_for(lambda: _has_recovered(cloud, instance_id, 3))
    cloud.quiet()


def hang(cloud: Cloud, instance_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Redis answers nobody, first in a pass of one process, then in one of shards."""
    for times, cut in enumerate((shards.shards_of, lambda instances: [instances, []]), start=1):
        instance = cloud.find(instance_id)
        assert instance
        assert instance.endpoint
        os.kill(process_of(cloud, instance.endpoint.task), signal.SIGSTOP)
        for seconds in (0, 61):
            with monkeypatch.context() as patch:
                patch.setattr("functions.collect_metrics.app.shards_of", cut)
                at = datetime.now(UTC) + timedelta(seconds=seconds)
                patch.setitem(cloud.injector.given, clock, partial(_same, at))
                cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})
        wait_for(partial(_has_recovered, cloud, instance_id, times))
        cloud.quiet()


def _same(at: datetime) -> datetime:
    return at


def _has_recovered(cloud: Cloud, instance_id: str, times: int) -> bool:
    return actions_of(cloud, instance_id).count("instance.recovered") == times


def actions_of(cloud: Cloud, instance_id: str) -> list[str]:
    owner = cloud.caller.organization_id
    page = audit_service(cloud.injector).page(cloud.caller, owner, 100, None, AuditFilter(instance_id=instance_id))
    return [recorded.entry.action.value for recorded in page.recorded]


def begin_again(cloud: Cloud, token: str) -> None:
    """An instance whose task dies, and which begins with its latest backup."""
    body = {
        "organizationId": cloud.caller.organization_id,
        "name": "recovered",
        "maxMemory": 10 * MIB,
        "region": "eu-central",
        "recoverFromBackup": True,
    }
    made = request(cloud, "create_instance", token, body=json.dumps(body))["instance"]["id"]
    cloud.wait(made, "RUNNING")
    backup = request_at(cloud, "create_backup", token, f"/api/v1/instances/{made}/backups", body="{}")["backup"]["id"]
    cloud.quiet()
    instance = cloud.find(made)
    assert instance
    assert instance.endpoint
    kill(cloud, instance.endpoint.task)
    wait_for(lambda: _has_recovered(cloud, made, 1), 60)
    request_at(cloud, "delete_backup", token, f"/api/v1/backups/{backup}")
    cloud.delete(made)
    cloud.wait(made, "GONE")
    cloud.quiet()


def sweep(cloud: Cloud) -> None:
    """An instance that expires, and on which a configuration died."""
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING")
    assert instance is not None
    dead = new_run(now(cloud.injector)() - timedelta(minutes=1))
    expiring = replace(instance, expires_at=timestamp(now(cloud.injector)()))
    configuration_store(cloud.injector).store(
        instance, expiring, an_entry(organization_id=cloud.caller.organization_id)
    )
    configuration_store(cloud.injector).begin_run(instance.organization_id, instance_id, dead)
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
    cloud.wait(instance_id, "GONE")


def rotate(cloud: Cloud, instance_id: str) -> None:
    """One stage on, for an instance whose control password is old."""
    fleet(cloud.injector).note_renewal(cloud.caller.organization_id, instance_id, "2024-03-15T10:30:00.000Z")
    cloud.invoke(cloud.stack.functions["RotatePasswordsFunction"].name, {})
    assert credentials(cloud.injector).control_passwords(instance_id).stage is Stage.ADDED


def collect(cloud: Cloud, owner: str, instance_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass of one process, and one in shards, each over an instance that was never scraped."""
    bucket = states_key(bucket_of(owner, instance_id))
    for cut in (shards.shards_of, lambda instances: [instances, []]):
        cloud.client("dynamodb").delete_item(TableName=cloud.stack.outputs["TableName"], Key=bucket)
        with monkeypatch.context() as patch:
            patch.setattr("functions.collect_metrics.app.shards_of", cut)
            cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})
        scraper(cloud.injector).passwords.clear()  # on AWS no function knows what another has read


def reconcile(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orphans of the kinds that it removes by itself, next to an instance; it resumes nothing else than it starts."""
    reconciling, leaked = Reconciling(cloud, monkeypatch), LeakedResources(cloud)
    neighbour = leaked.running()
    signing_secrets(cloud.injector).keep("wh_orphan", "whsec_orphan")
    leaked.item("ORG#org_gone", "MEMBER#mem_1")
    leaked.secret(neighbour, "inst_orphan")
    leaked.task(neighbour, "bkp_orphan")
    cloud.faults.plan("IssueCredentials", leaked.blocks)
    workflows(cloud.injector).provision(Target(cloud.caller.organization_id, "inst_unknown", "request-1"))
    wait_for(lambda: "IssueCredentials" in cloud.faults.happened)
    leaked.miscount()
    reconciling.twice()
    leaked.blocked.set()
    leaked.gone("inst_orphan")
    compare_backups(cloud, reconciling)
    cloud.delete(neighbour)
    cloud.wait(neighbour, "GONE")


def claim(cloud: Cloud) -> None:
    """A member of the warm pool that does not answer, so that its passwords are kept for the next task."""
    with a_pool(cloud) as pool:
        pool.fill()
        cloud.faults.plan("PrepareMember", fails("VerificationFailed"))
        instance_id = pool.create().instance.id
        cloud.wait(instance_id, "RUNNING")
        cloud.delete(instance_id)
        cloud.wait(instance_id, "GONE")


def keep(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member comes, and goes before anybody has taken it over."""
    pool = Pool(cloud, monkeypatch)
    for size in ("512=1", ""):
        pool.size(size)
        pool.keep()
    wait_for(lambda: not pool.members())


def wait_in_vain(cloud: Cloud) -> None:
    """For a task that stops, for records that are made already, refused, or not there, and for what nobody wants."""

    def call(function: str, name: str, **different: Any) -> Any:
        event = json.loads((ROOT / "events" / f"{name}.json").read_text()) | different
        return cloud.invoke(cloud.stack.functions[function].name, event)

    stopped = json.loads((ROOT / "events" / "task_stopped.json").read_text())["detail"]
    awaited = {"instanceId": "inst_abc123xyz", "task": stopped["taskArn"], "interruptible": False}
    call("AwaitTaskFunction", "await_task", **awaited)
    call("WatchTasksFunction", "task_stopped")
    call("AwaitTaskFunction", "await_task", **awaited, until="STOPPED")
    call("AwaitTaskFunction", "await_task")
    call("AwaitTaskFunction", "interrupt_waits")
    call("AwaitTaskFunction", "await_task", **awaited | {"task": "arn:another"})
    running = stopped | {"taskArn": "arn:another", "lastStatus": "RUNNING"}
    call("WatchTasksFunction", "task_stopped", detail=running)
    asked = call("ChangeRecordFunction", "change_record")
    queue = record_queue(cloud.injector)
    wait_for(lambda: not queue.changes())
    call("ChangeRecordFunction", "change_record", step="AwaitRecord", **asked, interruptible=False)
    call("ChangeRecordFunction", "change_record", hostname="abc.redis.another.test", interruptible=False)
    call("ChangeRecordFunction", "change_record", addresses=[], priority="DELETION", interruptible=False)
    wait_for(lambda: not queue.changes())
