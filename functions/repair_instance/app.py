"""An execution failed, timed out or was stopped: starts the next attempt where work is left."""

from typing import Any

from swiftcache import wiring
from swiftcache.adapters.workflow_input import ended_execution_of
from swiftcache.use_cases.repair import repair


def handler(event: dict[str, Any], _: object) -> None:
    repair(ended_execution_of(event["detail"]), wiring.instances(), wiring.workflows())
