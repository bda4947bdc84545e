"""The events of a resize in events/: each is what its function or machine takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.invoker import FunctionError
from swiftcache.events.wiring import events
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIN_MEMORY, TaskSize
from swiftcache.provisioning.wiring import workflows as workflows_provider
from swiftcache.redis.options import redis_options
from swiftcache.stream.service import start_resize
from tests.fakes.events import FakeEvents
from tests.fakes.provisioning import FakeWorkflows
from tests.statemachine.cloud import ROOT, Cloud, wait_for
from tests.statemachine.resizes import LARGER, Resized, delete, new_instance

ORGANIZATION, INSTANCE, REQUEST, CHANGE = "org_123", "inst_abc123xyz", "JKJaXmPLvHcESHA=", "chg_ghi789"


class Samples:
    """The events, about an instance that there is. Its change has begun, and nothing starts by itself."""

    def __init__(self, resized: Resized, change_id: str) -> None:
        self.resized = resized
        self.cloud = resized.cloud
        self._names = {
            ORGANIZATION: self.cloud.caller.organization_id,
            INSTANCE: resized.id,
            CHANGE: change_id,
            REQUEST: "request-resize",
        }

    def sample(self, name: str) -> Any:
        text = (ROOT / "events" / f"{name}.json").read_text()
        for known, ours in self._names.items():
            text = text.replace(known, ours)
        return json.loads(text)

    def call(self, name: str, function: str = "ResizeInstanceFunction") -> Any:
        return self.cloud.invoke(self.cloud.stack.functions[function].name, self.sample(name))


@pytest.fixture
def samples(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samples]:
    resized = new_instance(cloud)
    with monkeypatch.context() as patch:
        patch.setattr("functions.relay_changes.app.start_resize", lambda *_: None)
        resized.write()
        yield Samples(resized, cloud.ask_for_resize(resized.id, LARGER))
    delete(resized)


def test_the_resize_machine_takes_its_sample(samples: Samples) -> None:
    arn = samples.cloud.stack.outputs["ResizeStateMachineArn"]
    given = json.dumps(samples.sample("resize_instance"))
    samples.cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input=given)
    wait_for(lambda: not samples.resized.instance.changing)
    samples.cloud.quiet()
    samples.resized.assert_whole(LARGER)


def test_the_plan_of_a_resize(samples: Samples) -> None:
    plan = samples.call("plan_resize")
    assert f":secret:swiftcache/instances/{samples.resized.id}-" in plan.pop("secretArn")
    assert plan.pop("acl")
    endpoint = samples.resized.instance.endpoint
    assert endpoint
    assert plan == {
        "maxMemory": str(LARGER),
        "evictionPolicy": "allkeys-lru",
        "engine": "redis",
        "taskCpu": "256",
        "taskMemory": "1024",
        "redisLimits": redis_options(TaskSize(256, 1024), False, DEFAULT_SETTINGS),
        "sharedFamily": "256-1024",
        "securityGroup": "",
        "folder": "",
        "hostname": samples.resized.instance.hostname,
        "serving": {
            "address": endpoint.address,
            "privateAddress": endpoint.private_address,
            "port": endpoint.port,
            "task": endpoint.task,
            "folder": "",
        },
        "committed": False,
        "sharedDefinition": True,
    }


def test_giving_a_resize_up(samples: Samples) -> None:
    serving = samples.call("plan_resize")["serving"]
    assert samples.call("abandon_resize") == {
        "hostname": samples.resized.instance.hostname,
        "serving": serving,
        "committed": False,
        "sharedDefinition": True,
    }
    assert samples.call("finish_resize") == {}
    assert samples.resized.instance.change
    assert samples.resized.instance.change.failure
    assert samples.resized.instance.change.failure.code == "REDIS_STOPPED"
    samples.resized.assert_whole(MIN_MEMORY)


@pytest.mark.parametrize("name", ["start_replication", "check_replication", "switch_over"])
def test_the_steps_of_a_resize_at_both_redis(samples: Samples, name: str) -> None:
    samples.call("abandon_resize")
    samples.call("finish_resize")
    with pytest.raises(FunctionError, match="InstanceSuperseded"):
        samples.call(name)


def test_an_unknown_step_of_a_resize_is_refused(samples: Samples) -> None:
    event = {**samples.sample("plan_resize"), "step": "PlanMiracle"}
    with pytest.raises(FunctionError, match="there is no step PlanMiracle"):
        samples.cloud.invoke(samples.cloud.stack.functions["ResizeInstanceFunction"].name, event)


def test_a_resize_that_begins_is_started(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    workflows = FakeWorkflows()
    with monkeypatch.context() as patch:
        patch.setitem(samples.cloud.injector.given, workflows_provider, workflows)
        patch.setitem(samples.cloud.injector.given, events, FakeEvents())
        patch.setattr("functions.relay_changes.app.start_resize", start_resize)
        assert samples.call("resize_begun", "RelayChangesFunction") == {"batchItemFailures": []}
    event = samples.sample("plan_resize")
    target = Target(event["organizationId"], event["instanceId"], event["requestId"])
    # The stream may bring the record of the resize that the sample is about at the same moment.
    assert set(workflows.started) == {("resize", target, event["changeId"], 0, None)}


def test_a_resize_that_ended_badly_is_followed_by_the_next(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    workflows = FakeWorkflows()
    with monkeypatch.context() as patch:
        patch.setitem(samples.cloud.injector.given, workflows_provider, workflows)
        samples.call("resize_ended_badly", "RepairInstanceFunction")
    event = samples.sample("plan_resize")
    target = Target(event["organizationId"], event["instanceId"], event["requestId"])
    first_error = FirstError("TIMED_OUT", "execution")
    assert workflows.started == [("resize", target, event["changeId"], 1, first_error)]
