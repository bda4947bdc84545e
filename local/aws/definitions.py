"""State machine definitions: refused when they are created if Step Functions refuses them, as on AWS."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from moto.core.exceptions import AWSError
from moto.stepfunctions.models import StateMachine, StepFunctionBackend

from local.machine import InvalidDefinition, Machine, Unsupported
from local.tasks import check


class InvalidDefinitionError(AWSError):
    """CreateStateMachine's error for a definition that is not one."""

    TYPE = "InvalidDefinition"
    STATUS = 400


class AlreadyExistsError(AWSError):
    """CreateStateMachine's error for a name that another definition has."""

    TYPE = "StateMachineAlreadyExists"
    STATUS = 400


@lru_cache(maxsize=256)
def machine_of(definition: str) -> Machine:
    """The machine of a definition's text. Raises InvalidDefinition and Unsupported."""
    try:
        parsed = json.loads(definition)
    except ValueError as error:
        raise InvalidDefinition(f"INVALID_JSON_DESCRIPTION: {error}") from error
    machine = Machine(parsed)
    check(machine)
    return machine


def extend(patches: ExitStack) -> None:
    """Make moto check definitions, and read all of them that CloudFormation can carry."""
    create, update = StepFunctionBackend.create_state_machine, StepFunctionBackend.update_state_machine

    def checked_create(
        self: StepFunctionBackend, name: str, definition: str, *args: Any, **options: Any
    ) -> StateMachine:
        _check(definition)
        created = create(self, name, definition, *args, **options)
        if created.definition != definition:
            raise AlreadyExistsError(f"State Machine Already Exists: '{created.arn}'")
        return created

    def checked_update(
        self: StepFunctionBackend, arn: str, definition: str | None = None, **options: Any
    ) -> StateMachine:
        if definition is not None:
            _check(definition)
        return update(self, arn, definition, **options)

    patches.enter_context(patch.object(StepFunctionBackend, "create_state_machine", checked_create))
    patches.enter_context(patch.object(StepFunctionBackend, "update_state_machine", checked_update))
    created_by_template = _with_substitutions(StateMachine.create_from_cloudformation_json)
    patches.enter_context(patch.object(StateMachine, "create_from_cloudformation_json", created_by_template))


def _check(definition: str) -> None:
    try:
        machine_of(definition)
    except (InvalidDefinition, Unsupported) as error:
        raise InvalidDefinitionError(f"Invalid State Machine Definition: '{error}'") from error


def _with_substitutions(create: Callable[..., StateMachine]) -> Callable[..., StateMachine]:
    def create_from_template(name: str, resource: Mapping[str, Any], *args: Any, **options: Any) -> StateMachine:
        properties = dict(resource["Properties"])
        text = properties.get("DefinitionString") or json.dumps(properties.get("Definition"))
        for key, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace(f"${{{key}}}", str(value))
        return create(name, {**resource, "Properties": {**properties, "DefinitionString": text}}, *args, **options)

    return create_from_template
