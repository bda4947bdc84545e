"""The events of a recovery in events/: each is what its function or machine takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.invoker import FunctionError
from swiftcache.events.wiring import events
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause, RecoveryStatus, StartedEmpty
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import TaskSize
from swiftcache.recovery.ports import Recovering
from swiftcache.recovery.wiring import recovery_workflow
from swiftcache.redis.options import redis_options
from swiftcache.redis.wiring import credentials
from tests.fakes.events import FakeEvents
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.statemachine.cloud import ROOT, Cloud
from tests.statemachine.recoveries import Mortal, delete, new_instance

ORGANIZATION, INSTANCE, RECOVERY = "org_123", "inst_abc123xyz", "rec_jkl012mno"
TASK = "arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/4b6d9e1f2a3c4d5e6f708192a3b4c5d6"


class Samples:
    """The events, about an instance that there is. Nothing starts by itself."""

    def __init__(self, mortal: Mortal, workflow: FakeRecoveryWorkflow) -> None:
        self.mortal = mortal
        self.cloud = mortal.cloud
        self.workflow = workflow
        self.names = {ORGANIZATION: self.cloud.caller.organization_id, INSTANCE: mortal.id, TASK: mortal.serving}

    def sample(self, name: str) -> Any:
        text = (ROOT / "events" / f"{name}.json").read_text()
        for known, ours in self.names.items():
            text = text.replace(known, ours)
        return json.loads(text)

    def call(self, name: str, function: str = "RecoverInstanceFunction") -> Any:
        return self.cloud.invoke(self.cloud.stack.functions[function].name, self.sample(name))

    @property
    def this(self) -> Recovering:
        return Recovering(self.cloud.caller.organization_id, self.mortal.id, self.names[RECOVERY])


@pytest.fixture
def samples(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samples]:
    """The task is lost: for the record, it has stopped."""
    mortal = new_instance(cloud)
    workflow = FakeRecoveryWorkflow()
    with monkeypatch.context() as patch:
        patch.setitem(cloud.injector.given, recovery_workflow, workflow)
        samples = Samples(mortal, workflow)
        samples.call("task_stopped", "WatchTasksFunction")
        samples.names[RECOVERY] = mortal.recovery.id
        yield samples
    delete(mortal)


def test_a_task_that_ran_out_of_memory_is_lost(samples: Samples) -> None:
    assert samples.mortal.recovery.cause is Cause.OUT_OF_MEMORY
    assert samples.mortal.instance.recovering
    assert (samples.this, None, "") in samples.workflow.started


def test_the_plan_of_a_recovery(samples: Samples) -> None:
    plan = samples.call("plan_recovery")
    assert plan.pop("acl")
    assert plan == {
        "hostname": samples.mortal.instance.hostname,
        "port": 6379,
        "maxMemory": str(samples.mortal.instance.max_memory),
        "evictionPolicy": "allkeys-lru",
        "engine": "redis",
        "taskCpu": "256",
        "taskMemory": "512",
        "redisLimits": redis_options(TaskSize(256, 512), False, DEFAULT_SETTINGS),
        "sharedFamily": "256-512",
        "securityGroup": "",
        "waitSeconds": 0,
        "hopeless": False,
        "resizing": False,
        "fromBackup": False,
    }


def test_the_choice_of_what_a_recovery_begins_with(samples: Samples) -> None:
    assert samples.call("choose_backup") == {
        "secretArn": credentials(samples.cloud.injector).secret_arn(samples.mortal.id),
        "failedLoads": 0,
    }
    assert samples.mortal.recovery.started_empty is StartedEmpty.NO_BACKUP


def test_what_begins_with_nothing_has_nothing_to_be_checked(samples: Samples) -> None:
    with pytest.raises(FunctionError, match="is to begin with nothing"):
        samples.call("check_recovered", "ControlRedisFunction")


def test_the_end_of_a_recovery(samples: Samples) -> None:
    assert samples.call("mark_recovered") == {}
    assert samples.mortal.recovery.status is RecoveryStatus.SUCCEEDED
    assert samples.mortal.instance.endpoint
    assert samples.mortal.instance.endpoint.address == "203.0.113.11"


def test_an_unknown_step_of_a_recovery_is_refused(samples: Samples) -> None:
    event = {**samples.sample("plan_recovery"), "step": "PlanMiracle"}
    with pytest.raises(FunctionError, match="there is no step PlanMiracle"):
        samples.cloud.invoke(samples.cloud.stack.functions["RecoverInstanceFunction"].name, event)


def test_the_recovery_machine_takes_its_sample(samples: Samples) -> None:
    arn = samples.cloud.stack.outputs["RecoverStateMachineArn"]
    given = json.dumps(samples.sample("recover_instance"))
    samples.cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input=given)
    samples.mortal.recovered()
    samples.mortal.assert_whole()


def test_a_recovery_that_begins_is_started(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(samples.mortal.cloud.injector.given, events, FakeEvents())
    samples.workflow.started.clear()
    assert samples.call("recovery_begun", "RelayChangesFunction") == {"batchItemFailures": []}
    # Recoveries of other instances may begin meanwhile.
    ours = [one for one in samples.workflow.started if one[0].instance_id == samples.mortal.id]
    assert ours == [(samples.this, None, "")]


def test_a_recovery_that_ended_badly_is_followed_by_the_next(samples: Samples) -> None:
    samples.workflow.started.clear()
    samples.call("recovery_ended_badly", "RepairInstanceFunction")
    next_one = Recovering(samples.this.organization_id, samples.this.instance_id, samples.this.recovery_id, 1)
    # The table's stream may say only now that this one has begun.
    following = [one for one in samples.workflow.started if one[0].attempt]
    assert following == [(next_one, FirstError("TaskStopped", "DescribeRedisTask"), "TaskStopped")]
