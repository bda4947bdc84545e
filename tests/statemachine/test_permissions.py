"""Each function may do what it does and nothing else: what it calls is what template.yaml grants it."""

import json
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, Self, TypeVar

import pytest

from swiftcache.access.identity import Actor
from swiftcache.backups import taking
from swiftcache.backups.hold_wiring import final_backup_record
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, upload_key
from swiftcache.backups.wiring import backups, object_store
from swiftcache.configuration.model import new_run
from swiftcache.configuration.wiring import configuration_store, key_service
from swiftcache.dns import telling
from swiftcache.dns.wiring import record_queue
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.final_backup import OVERDUE, FinalBackup, FinalBackupMode
from swiftcache.instances.model import KeyRole
from swiftcache.instances.ports import Target
from swiftcache.instances.sizes import MIB
from swiftcache.instances.stores import fleet
from swiftcache.metrics import collector as collect_metrics
from swiftcache.metrics import shards
from swiftcache.metrics.buckets import bucket_of
from swiftcache.metrics.items import states_key
from swiftcache.metrics.wiring import scraper
from swiftcache.organizations.model import AuditFilter
from swiftcache.organizations.wiring import audit_service
from swiftcache.platform.aws import clock, now, session
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_account_key, sha256
from swiftcache.provisioning.wiring import workflows
from swiftcache.redis.control_passwords import Stage
from swiftcache.redis.wiring import credentials
from swiftcache.webhooks.wiring import signing_secrets
from tests.foreign_rdbs import SMALL, flipped
from tests.infrastructure.test_permissions import ADDED_BY_SAM, MOUNT, granted
from tests.receiver import answers, receiving
from tests.samples import a_backup, a_content, an_entry
from tests.statemachine.claims import a_pool
from tests.statemachine.cloud import ROOT, Answer, Cloud, Fault, fails, loses_reply, wait_for
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.owned import Owned
from tests.statemachine.paths import fail_once_started
from tests.statemachine.pools import Pool
from tests.statemachine.reconciling import Reconciling
from tests.statemachine.recoveries import kill, process_of
from tests.statemachine.resizes import LARGER
from tests.statemachine.tenants import tenant

T = TypeVar("T")

SECONDS = 300
"""For all that the functions do, one after the other."""

WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
SERVICES = {"stepfunctions": "states", "efs": "elasticfilesystem"}
IN_S3 = {
    "CreateMultipartUpload": {"s3:PutObject", "kms:GenerateDataKey"},
    "UploadPart": {"s3:PutObject", "kms:GenerateDataKey"},
    "CompleteMultipartUpload": {"s3:PutObject", "kms:Decrypt"},
    "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
    "ListMultipartUploads": {"s3:ListBucketMultipartUploads"},
    "ListObjectVersions": {"s3:ListBucketVersions"},
    "ListObjectsV2": {"s3:ListBucket"},
    "HeadObject": {"s3:GetObject"},
    "GetObject": {"s3:GetObject", "kms:Decrypt"},
    "DeleteObject": {"s3:DeleteObjectVersion"},
    # Nobody but a link does it.
    "PutObject": {"s3:PutObject", "kms:GenerateDataKey"},
}
"""In a bucket that is encrypted with a key of ours."""
OF_A_VERSION = {"s3:GetObject": "s3:GetObjectVersion"}
"""What the right to an object is called where the call names a version of it."""


def actions(service: str, operation: str, parameters: dict[str, Any]) -> set[str]:
    """The IAM actions that a call needs."""
    prefix = SERVICES.get(service, service)
    if operation == "TransactWriteItems":
        return {f"dynamodb:{WRITES[kind]}" for item in parameters["TransactItems"] for kind in item}
    if service == "s3":
        named = OF_A_VERSION if "VersionId" in parameters else {}
        return {named.get(action, action) for action in IN_S3[operation]}
    if operation == "Invoke":
        return {"lambda:InvokeFunction"}
    found = {f"{prefix}:{operation}"}
    if operation == "RunTask":
        found.add("iam:PassRole")
    if "Tags" in parameters:
        found.add(f"{prefix}:TagResource")
    return found


class InThisThread:
    """A pool of no threads, since a call is known by its thread."""

    def __init__(self, _: int) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    map = staticmethod(map)

    def submit(self, call: Callable[..., T], *arguments: Any) -> "Future[T]":
        done: Future[T] = Future()
        done.set_result(call(*arguments))
        return done

    def shutdown(self, **_: object) -> None: ...


class Calls:
    """What each function calls while this watches."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, set[str]] = defaultdict(set)
        self._running = threading.local()
        invoke = cloud.invoke

        def watched(function: str, payload: object) -> object:
            before = getattr(self._running, "name", None)
            self._running.name = function.split(":function:")[-1].split(":")[0]
            self.made[self._running.name] |= set()
            try:
                return invoke(function, payload)
            finally:
                self._running.name = before

        monkeypatch.setattr(cloud, "invoke", watched)
        for module in (collect_metrics, shards, taking, telling):
            monkeypatch.setattr(module, "ThreadPoolExecutor", InThisThread)
        for service in (
            "dynamodb",
            "lambda",
            "stepfunctions",
            "secretsmanager",
            "events",
            "kms",
            "ecs",
            "route53",
            "efs",
        ):
            cloud.client(service).meta.events.register(f"provide-client-params.{service}", self._note)
        # S3's is made anew whenever a test sets the clock.
        client = session(cloud.injector).client
        monkeypatch.setitem(cloud.injector.given, session, SimpleNamespace(client=partial(self._watch, client)))

    def _watch(self, make: Callable[..., Any], service: str, **settings: Any) -> Any:
        """To sign a link is noted too."""
        made = make(service, **settings)
        if service == "s3":
            made.meta.events.register("provide-client-params.s3", self._note)
        return made

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        name = getattr(self._running, "name", None)
        if name:
            self.made[name] |= actions(model.service_model.service_name, model.name, params)


@pytest.fixture
def calls(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(cloud, monkeypatch)


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


def back_up(cloud: Cloud, token: str, instance_id: str) -> None:
    """One that a try has left half before, and whose proof's report is lost; and one that fails and leaves something.

    Both are then deleted.
    """
    s3, bucket = cloud.client("s3"), cloud.stack.outputs["BackupBucketName"]

    def litter(answer: Answer, then: Fault) -> object:
        [taken] = [found for found in listed() if found.status is BackupStatus.CREATING]
        s3.create_multipart_upload(Bucket=bucket, Key=taken.object_key)
        s3.put_object(Bucket=bucket, Key=taken.object_key, Body=b"half")
        return then(answer)

    def listed() -> Sequence[Backup]:
        return backups(cloud.injector).of_instance(cloud.caller.organization_id, instance_id, 10, None).backups

    path = f"/api/v1/instances/{instance_id}/backups"

    def loses_report(answer: Answer) -> object:
        for key in object_store(cloud.injector).page("proofs/", None).keys:
            object_store(cloud.injector).erase(key)
        return answer()

    cloud.faults.plan("RecordProof", loses_report)
    for then, status in ((answers_as_it_is, "AVAILABLE"), (fails("NotEnoughHeadroom"), "FAILED")):
        cloud.faults.plan("TakeBackup", partial(litter, then=then))
        made = request_at(cloud, "create_backup", token, path, body="{}")["backup"]
        wait_for(lambda: listed()[0].status is not BackupStatus.CREATING)
        cloud.quiet()
        own = f"/api/v1/backups/{made['id']}"
        assert request_at(cloud, "get_backup", token, own)["backup"]["status"] == status
        if status == "AVAILABLE":
            restore_from(cloud, token, made["id"])
        request_at(cloud, "delete_backup", token, own)
    request_at(cloud, "list_backups", token, path)
    request_at(
        cloud, "list_organization_backups", token, f"/api/v1/organizations/{cloud.caller.organization_id}/backups"
    )


def restore_from(cloud: Cloud, token: str, backup_id: str) -> None:
    """An instance that is made from it, and deleted."""
    body = {
        "organizationId": cloud.caller.organization_id,
        "name": "restored",
        "maxMemory": 64 * MIB,
        "region": "eu-central",
        "restoreFrom": backup_id,
    }
    made = request(cloud, "create_instance", token, body=json.dumps(body))["instance"]["id"]
    cloud.wait(made, "RUNNING")
    cloud.delete(made)
    cloud.wait(made, "GONE")


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


def transfer(cloud: Cloud, token: str) -> None:
    """A file that becomes a backup, which is downloaded; one that is refused; and one that comes too late."""
    bucket, owner = cloud.stack.outputs["BackupBucketName"], cloud.caller.organization_id
    files = cloud.client("s3")
    imports = f"/api/v1/organizations/{owner}/imports"
    for content, status in ((SMALL, "AVAILABLE"), (flipped(SMALL, 50), "FAILED")):
        made = request_at(cloud, "create_import", token, imports, body="{}")["backup"]["id"]
        key = upload_key(owner, made)
        files.put_object(Bucket=bucket, Key=key, Body=content)
        wait_for(partial(_has_status, cloud, made, status))
        cloud.quiet()
        request_at(cloud, "download_backup", token, f"/api/v1/backups/{made}/download")
        files.put_object(Bucket=bucket, Key=key, Body=b"late")
        wait_for(partial(_is_gone, files, bucket, key))


def _has_status(cloud: Cloud, backup_id: str, status: str) -> bool:
    found = backups(cloud.injector).get(cloud.caller.organization_id, backup_id)
    return found is not None and found.status == status


def _is_gone(files: Any, bucket: str, key: str) -> bool:
    return "Versions" not in files.list_object_versions(Bucket=bucket, Prefix=key)


def answers_as_it_is(answer: Answer) -> object:
    return answer()


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


def delete_with_last_backups(cloud: Cloud) -> None:
    """One that is undeleted, and one that waits in vain for a backup that nobody knows."""
    owned = Owned(cloud)
    owned.delete(FinalBackupMode.REQUIRED)
    owned.gone()
    owned.undelete(owned.backups()[0])
    instance = cloud.wait(owned.id, "RUNNING")
    assert instance is not None
    since, actor = timestamp(now(cloud.injector)() - OVERDUE), Actor("owner", None, None)
    final = FinalBackup(FinalBackupMode.BEST_EFFORT, since, "request-delete", actor, "bkp_unknown")
    final_backup_record(cloud.injector).change(instance, replace(instance, final_backup=final))
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
    owned.gone()


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


def keep_backups(cloud: Cloud) -> None:
    """A schedule's backup is begun; one goes that is deleted while it is proved, with an upload under way."""
    leaked = LeakedResources(cloud)
    instance_id, owner = leaked.running(), cloud.caller.organization_id
    before = cloud.find(instance_id)
    assert before is not None
    schedule = BackupSchedule(Interval.ONE_HOUR, 1)
    due = replace(before, backup_schedule=schedule, next_backup_at=timestamp(now(cloud.injector)()))
    configuration_store(cloud.injector).store(before, due, an_entry(organization_id=owner))
    keeper = cloud.stack.functions["KeepBackupsFunction"].name
    cloud.invoke(keeper, {})
    [begun] = backups(cloud.injector).of_instance(owner, instance_id, 2, None).backups
    assert begun.kind is BackupKind.SCHEDULED
    backup = a_backup(id="bkp_deleted", organization_id=owner, instance_id=instance_id)
    a_stored_object(cloud, backup.object_key)
    object_store(cloud.injector).begin(backup.object_key)
    leaked.task(instance_id, backup.id)
    # Not before as CREATING: who then begins to take it ends the upload, sooner or later than the keeper.
    backups(cloud.injector).create(backup.deleting(), an_entry(id="audit_backup", organization_id=owner))
    whole = a_backup(id="bkp_unproved", organization_id=owner, instance_id=instance_id)
    whole = whole.available(a_content(), datetime.now(UTC)).unproved(datetime.now(UTC) - timedelta(days=1))
    backups(cloud.injector).create(whole, an_entry(id="audit_unproved", organization_id=owner))
    cloud.invoke(keeper, {})
    wait_for(lambda: backups(cloud.injector).get(owner, backup.id) is None)
    tried = backups(cloud.injector).get(owner, whole.id)
    assert tried is not None
    assert tried.proof_tries == 2
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()


def a_stored_object(cloud: Cloud, key: str) -> str:
    """Its version."""
    store = object_store(cloud.injector)
    upload = store.begin(key)
    return store.complete(key, upload, [store.put_part(key, upload, 1, b"REDIS0011")])


def compare_backups(cloud: Cloud, reconciling: Reconciling) -> None:
    """An object and an upload of nobody, what a proof has left, and a backup without its object."""
    owner = cloud.caller.organization_id
    a_stored_object(cloud, f"backups/{owner}/bkp_stray.rdb")
    object_store(cloud.injector).begin(f"backups/{owner}/bkp_other.rdb")
    object_store(cloud.injector).put(f"proofs/{owner}/bkp_other/0-fetch.env", b"SOURCE_LINK=https://x")
    lost = a_backup(id="bkp_lost", organization_id=owner).available(a_content(), datetime.now(UTC))
    backups(cloud.injector).create(lost, an_entry(id="audit_lost", organization_id=owner))
    reconciling.ahead += timedelta(days=2)
    found = reconciling(backups=True)
    assert {(one["kind"], one["name"].rpartition("/")[2]) for one in found} >= {
        ("backup_object", "bkp_stray.rdb"),
        ("backup_upload", "bkp_other.rdb"),
        ("backup_proof", "0-fetch.env"),
        ("backup", "bkp_lost"),
    }
    reconciling.ahead = timedelta()


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
    cloud.quiet()

    use_webhooks(cloud, token, owner)
    reconcile(cloud, monkeypatch)
    keep(cloud, monkeypatch)
    keep_backups(cloud)
    wait_in_vain(cloud)

    deployed = {found.name: logical for logical, found in cloud.stack.functions.items()}
    used = {deployed[name]: made for name, made in calls.made.items()}
    right = {each: granted(f"{each}Role") - {ADDED_BY_SAM["Action"]} for each in deployed.values()}
    assert set(used) == {each for each in right if right[each]}
    right = {each: rights - MOUNT for each, rights in right.items()}
    assert {logical: sorted(right[logical] - made) for logical, made in used.items() if right[logical] - made} == {}
    assert {logical: sorted(made - right[logical]) for logical, made in used.items() if made - right[logical]} == {}
