"""What keeps instances fit for years has to do all that it ever does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.retirement import retirement
from swiftcache.certificates.wiring import certificate_keeper
from swiftcache.instances.model import ChangeReason
from swiftcache.maintenance.wiring import maintenance_record, maintenance_service
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
    """AWS retires the task of an instance, which is replaced; one that has something pending is deleted."""
    instance_id, owner = LeakedResources(cloud).running(), cloud.caller.organization_id
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
    maintenance_service(cloud.injector).require(owner, instance_id, ChangeReason.IMAGE, datetime.now(UTC), "finder-1")
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.invoke(keeper, {})
    assert maintenance_record(cloud.injector).due("9", 10) == []
