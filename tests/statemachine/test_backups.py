"""Backups on the running service: taken of a real Redis, kept in moto's S3, whatever fails on the way."""

from swiftcache.backups.model import Backup
from swiftcache.backups.service import NewBackup
from swiftcache.backups.wiring import backup_service, backups
from tests.statemachine.cloud import Cloud


def found(cloud: Cloud, backup: Backup) -> Backup:
    known = backups(cloud.injector).get(cloud.caller.organization_id, backup.id)
    assert known
    return known


def test_smoke(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    backup = backup_service(cloud.injector).create(cloud.caller, instance_id, NewBackup())
    cloud.quiet()
    client = cloud.client("stepfunctions")
    for m in client.list_state_machines()["stateMachines"]:
        for e in client.list_executions(stateMachineArn=m["stateMachineArn"])["executions"]:
            if "bkp" in e["name"]:
                print(client.describe_execution(executionArn=e["executionArn"]))
    print(found(cloud, backup))
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
