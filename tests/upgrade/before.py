"""The last release's state machines, on the present functions and resources: what an update meets under way."""

import copy
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from sfnx import testing

from local import template as templates
from local.deploy import STACK
from swiftcache.instances import table
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from swiftcache.pool import ready_table
from swiftcache.pool import table as pool_table
from tests.statemachine.cloud import ROOT, Cloud, wait_for
from tests.upgrade.release import kept

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_MARK = "Before"


def template_with_both() -> templates.Template:
    """The present one, in which each machine of before stands beside its successor, under another name."""
    template = templates.read(ROOT / "template.yaml")
    for name, machine in kept().items():
        added = copy.deepcopy(template.resources[name])
        added["Properties"] |= {
            "StateMachineName": f"{_MARK}{name}",
            "DefinitionString": json.dumps(machine.definition),
            "DefinitionSubstitutions": dict(machine.substitutions),
        }
        template.resources[f"{_MARK}{name}"] = added
    return template


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the running service, with its present definition and the one of before, both as they run."""

    arn: str
    present: str
    before: str


class Update:
    """The service, to be brought to the state before its update and back.

    Executions keep the definition with which they have begun.
    """

    def __init__(self, cloud: Cloud) -> None:
        """Takes what `template_with_both` put beside the machines, and removes it."""
        self.cloud = cloud
        self._client = cloud.client("stepfunctions")
        self.machines = {name: self._take(self._arn(name), self._arn(f"{_MARK}{name}")) for name in kept()}

    @contextmanager
    def not_yet(self) -> Iterator[None]:
        """In here everything begins as before the update, which comes at the end."""
        for machine in self.machines.values():
            self._client.update_state_machine(stateMachineArn=machine.arn, definition=machine.before)
        try:
            with ExitStack() as patches:
                for module in (table, pool_table, ready_table):
                    patches.enter_context(patch.object(module, "instance_item", _item_of_before))
                yield
        finally:
            for machine in self.machines.values():
                self._client.update_state_machine(stateMachineArn=machine.arn, definition=machine.present)

    def begun(self, name: str) -> None:
        """Waits until an execution has begun whose name starts so."""
        wait_for(lambda: any(found.startswith(name) for found, _, _ in self.cloud.ended()))

    def is_of_before(self, logical_id: str, name: str) -> bool:
        """Whether an execution of this machine, with a name that starts so, came to a state which is there no more.

        So it is if both machines have the same states.
        """
        machine = self.machines[logical_id]
        [arn] = [
            found["executionArn"]
            for found in self._client.list_executions(stateMachineArn=machine.arn)["executions"]
            if found["name"].startswith(name)
        ]
        events = self._client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        came_to = {found["stateEnteredEventDetails"]["name"] for found in events if "stateEnteredEventDetails" in found}
        removed = _states(machine.before) - _states(machine.present)
        return not removed or bool(removed & came_to)

    def _arn(self, logical_id: str) -> str:
        found = self.cloud.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        # moto lists those whose condition does not hold, and says nothing of them
        [arn] = [one["PhysicalResourceId"] for one in found if one.get("LogicalResourceId") == logical_id]
        return str(arn)

    def _take(self, own: str, other: str) -> Machine:
        present, before = (
            str(self._client.describe_state_machine(stateMachineArn=arn)["definition"]) for arn in (own, other)
        )
        self._client.delete_state_machine(stateMachineArn=other)
        return Machine(own, present, before)


def _item_of_before(instance: Instance) -> "dict[str, AttributeValueTypeDef]":
    """As the API of before writes it: whoever writes the rest comes after the machines, in an update."""
    return {name: value for name, value in instance_item(instance).items() if name != "sharedDefinition"}


def _states(definition: str) -> set[str]:
    return {name for name, _ in testing.every_state(json.loads(definition))}
