"""In which order the containers of a task start, as `dependsOn` says."""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any

from local.aws.dispatch import ApiError
from local.aws.ecs_task import Container, Task

_ENDS = ("COMPLETE", "SUCCESS")
_CONDITIONS = ("START", *_ENDS)


class Turn(Enum):
    """Whether it is a container's turn to start. NEVER: what it waits for has failed."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()


def check_dependencies(containers: Sequence[Mapping[str, Any]]) -> None:
    """Raises ApiError for what ECS refuses, and for conditions that the local stack does not have."""
    essential = {container["name"]: container.get("essential", True) for container in containers}
    if not any(essential.values()):
        raise ApiError("ClientException", "A task definition must have at least one essential container.")
    for container in containers:
        for dependency in container.get("dependsOn", []):
            name, condition = dependency["containerName"], dependency["condition"]
            if name not in essential or name == container["name"]:
                raise ApiError("ClientException", f"Container {container['name']} depends on no container: {name}")
            if condition not in _CONDITIONS:
                raise ApiError("ClientException", f"The local stack has no dependency with the condition {condition}.")
            if condition in _ENDS and essential[name]:
                raise ApiError("ClientException", f"{condition} cannot be waited for of an essential container: {name}")


def turn_of(container: Container, task: Task) -> Turn:
    turns = [_turn(task.container(name), condition) for name, condition in container.waits_for.items()]
    if Turn.NEVER in turns:
        return Turn.NEVER
    return Turn.LATER if Turn.LATER in turns else Turn.NOW


def _turn(first: Container, condition: str) -> Turn:
    if condition == "START":
        return Turn.LATER if first.status == "PENDING" else Turn.NOW
    if first.status != "STOPPED":
        return Turn.LATER
    return Turn.NEVER if condition == "SUCCESS" and first.exit_code != 0 else Turn.NOW
