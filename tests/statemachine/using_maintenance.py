"""What keeps instances fit for years has to do all that it ever does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.retirement import retirement
from swiftcache.certificates.model import CurrentCertificate
from swiftcache.certificates.wiring import certificate_keeper, certificate_record
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.maintenance.wiring import maintenance_record
from swiftcache.metrics.wiring import observed_tasks
from swiftcache.platform.timestamps import timestamp
from swiftcache.rollouts.progress import abandoned
from swiftcache.rollouts.wiring import rollout_record
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.issuing import issued
from tests.statemachine.leaked_resources import LeakedResources


def renew(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an authority, into a secret that no task reads."""
    with monkeypatch.context() as patch:
        patch.setitem(cloud.injector.given, certificate_keeper, issued(cloud))
        answer: Any = cloud.invoke(cloud.stack.functions["RenewCertificateFunction"].name, {"force": True})
    assert answer["outcome"] == "RENEWED"


def maintain(cloud: Cloud) -> None:
    """AWS retires the task of an instance, then the certificate and the engine of the next one end; it is deleted."""
    instance_id = LeakedResources(cloud).running()
    keeper, before = cloud.stack.functions["KeepMaintenanceFunction"].name, cloud.find(instance_id)
    assert before is not None
    assert before.endpoint is not None
    event = retirement([before.endpoint.task], datetime.now(UTC) + timedelta(hours=2))
    cloud.invoke(cloud.stack.functions["WatchRetirementsFunction"].name, event)
    cloud.invoke(keeper, {})
    wait_for(lambda: not cloud.changing(instance_id))
    cloud.invoke(keeper, {})
    after = cloud.find(instance_id)
    assert after is not None
    assert (after.endpoint != before.endpoint, after.pending_maintenance) == (True, ())
    _certificate_and_engine_end(cloud, after)
    cloud.invoke(cloud.stack.functions["WatchCertificatesFunction"].name, {})
    pending = cloud.find(instance_id)
    assert pending is not None
    assert [one.reason for one in pending.maintenance] == [ChangeReason.CERTIFICATE]
    assert pending.end_of_life_told == "redis 7.0"
    _roll_out(cloud, pending)
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.invoke(keeper, {})
    assert maintenance_record(cloud.injector).due("9", 10) == []


def _roll_out(cloud: Cloud, instance: Instance) -> None:
    """An image that is newer than what the instance runs comes to it as the canary, and is given up."""
    assert instance.endpoint is not None
    offered = engine_offers(cloud.injector).default
    old = ObservedTask(instance.endpoint.task, f"{offered.line}.0")
    assert observed_tasks(cloud.injector).note(instance, old)
    keeper, record = cloud.stack.functions["KeepRolloutsFunction"].name, rollout_record(cloud.injector)
    cloud.invoke(keeper, {})
    rollout, asked = record.current(), cloud.find(instance.id)
    assert rollout is not None
    assert asked is not None
    assert (rollout.canary, rollout.version) == (instance.id, offered.version)
    assert ChangeReason.IMAGE in [one.reason for one in asked.maintenance]
    record.store(abandoned(rollout, datetime.now(UTC)))
    cloud.invoke(keeper, {})
    left = cloud.find(instance.id)
    assert left is not None
    assert ChangeReason.IMAGE not in [one.reason for one in left.maintenance]
    cloud.invoke(keeper, {})
    assert (record.current(), len(record.ended())) == (None, 1)


def _certificate_and_engine_end(cloud: Cloud, instance: Instance) -> None:
    """Those of its task do, and tasks that start now get another certificate."""
    assert instance.endpoint is not None
    now = datetime.now(UTC)
    served = ObservedTask(instance.endpoint.task, "7.0.15", Certificate(timestamp(now + timedelta(days=1)), "old"))
    assert observed_tasks(cloud.injector).note(instance, served)
    record = certificate_record(cloud.injector)
    current = CurrentCertificate(
        timestamp(now + timedelta(days=90)), "new", timestamp(now), ("*.redis.swiftcache.test",)
    )
    record.store(replace(record.state(), current=current))
