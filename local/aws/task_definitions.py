"""Task definitions of a template, registered with all that they say: moto leaves most of it out."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from moto.core.utils import pascal_to_camelcase, remap_nested_keys
from moto.ecs.models import TaskDefinition, ecs_backends

_ALL = {
    "Cpu": "cpu",
    "Memory": "memory",
    "NetworkMode": "network_mode",
    "RequiresCompatibilities": "requires_compatibilities",
    "RuntimePlatform": "runtime_platform",
    "TaskRoleArn": "task_role_arn",
    "ExecutionRoleArn": "execution_role_arn",
    "ContainerDefinitions": "container_definitions",
    "Volumes": "volumes",
    "Family": "family",
}
"""The properties that are known here, and what moto calls them."""

_NESTED = ("ContainerDefinitions", "RuntimePlatform", "Volumes")
"""Of these the keys within are CloudFormation's, too."""


def extend(patches: ExitStack) -> None:
    """Make moto register what CloudFormation registers. Raises KeyError for a property that is not known here."""
    patches.enter_context(patch.object(TaskDefinition, "create_from_cloudformation_json", _create))


def _create(name: str, resource: Mapping[str, Any], account_id: str, region_name: str, **_: object) -> TaskDefinition:
    given = {
        _ALL[key]: remap_nested_keys(value, pascal_to_camelcase) if key in _NESTED else value
        for key, value in resource["Properties"].items()
    }
    return ecs_backends[account_id][region_name].register_task_definition(**given)
