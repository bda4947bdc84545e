"""A rollout over thirty instances, with all that is ours for real, and every function killed in the middle."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from local.aws import shortcuts
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.platform.timestamps import timestamp
from swiftcache.rollouts.model import RolloutStatus, WhyCode
from swiftcache.rollouts.wiring import rollout_service
from tests.integration.rollouts.deployment import STEP, Deployment, was_in_its_window
from tests.mocked_aws import mocked_aws
from tests.samples import a_caller

OLD, BAD, MENDED = "7.2.16", "7.2.17", "7.2.18"
ALL = [f"inst_{number:02}" for number in range(30)]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mocked_aws(), ExitStack() as patches:
        shortcuts.extend(patches)
        yield


def stopped() -> Deployment:
    """Its canary is worse."""
    deployment = Deployment(30, OLD, BAD)
    deployment.bad = BAD
    deployment.run(lambda: bool(deployment.running(BAD)), days=2)
    deployment.run(lambda: deployment.rollout.status is RolloutStatus.STOPPED, days=0.2)
    return deployment


def test_a_canary_that_is_worse_stops_it_after_one_and_it_is_told_and_undone() -> None:
    deployment = stopped()
    canary = deployment.rollout.canary
    assert canary is not None
    why = deployment.rollout.why
    assert why is not None
    assert (why.code, canary in why.message) == (WhyCode.CANARY_IN_TROUBLE, True)
    for _ in range(24):
        deployment.step()
    assert deployment.running(BAD) == [canary]
    assert len(deployment.running(OLD)) == 29
    assert [one.id for one in deployment.all if one.maintenance] == []

    service = rollout_service(deployment.injector)
    deployment.deploy(OLD)
    service.undo(a_caller(), deployment.rollout.id)
    begun = deployment.time
    deployment.run(lambda: deployment.running(OLD) == ALL, days=0.1)
    [gone_back] = [one for one in deployment.all if one.id == canary]
    assert gone_back.change is not None
    assert (gone_back.change.reason, gone_back.change.status) == (ChangeReason.ROLLBACK, ChangeStatus.SUCCEEDED)
    assert gone_back.change.started_at < timestamp(begun + STEP)
    deployment.run(lambda: deployment.rollout.status is RolloutStatus.UNDONE, days=0.2)
    assert deployment.told(canary) == [
        ("instance.maintenance_scheduled", "IMAGE"),
        ("instance.replacing", "IMAGE"),
        ("instance.replaced", "IMAGE"),
        ("instance.recovering", None),
        ("instance.recovered", None),
        ("instance.maintenance_scheduled", "ROLLBACK"),
        ("instance.replacing", "ROLLBACK"),
        ("instance.replaced", "ROLLBACK"),
    ]
    assert [one for one in ALL if one != canary and deployment.told(one)] == []
    assert deployment.killed > 10

    deployment.deploy(BAD)
    for _ in range(5):
        deployment.step()
    assert (deployment.rollout.status, deployment.running(OLD)) == (RolloutStatus.UNDONE, ALL)


def test_a_good_image_comes_to_all_thirty_in_growing_waves_and_in_their_windows() -> None:
    deployment = Deployment(30, OLD, MENDED)
    sizes = dict[int, int]()

    def is_done() -> bool:
        rollout = deployment.rollout if deployment.killed else None
        if rollout is not None and rollout.wave_ended_at is not None:
            sizes.setdefault(rollout.wave, len(deployment.running(MENDED)))
        return rollout is not None and rollout.status is RolloutStatus.SUCCEEDED

    deployment.run(is_done, days=9)
    assert deployment.running(MENDED) == ALL
    assert sizes == {0: 1, 2: 2, 3: 6, 4: 30}
    assert [one.id for one in deployment.all if not was_in_its_window(one)] == []
    assert (deployment.rollout.total, deployment.rollout.replaced, deployment.rollout.troubles) == (30, 30, ())
    assert deployment.killed > 50
    for one in ALL:
        assert [action for action, _ in deployment.told(one)] == [
            *("instance.maintenance_scheduled", "instance.replacing", "instance.replaced")
        ]
    deployment.run(lambda: True, days=1)
    assert [one.id for one in deployment.all if one.maintenance] == []
