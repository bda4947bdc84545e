"""Checks the state machines as AWS would before it runs them: `python -m local.lint [FOLDER]`.

SAM's `DefinitionUri` hides them from cfn-lint, so each is given to it as a resource of its own; sfnx then checks what
cfn-lint does not know: transitions, expressions, variables, and each integration's arguments and errors. The files
must be in the style that `make format` writes.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from sfnx import testing
from sfnx.integrations import ResourceError, integration, sdk_error

from local import asl
from local.asl_format import NotWritable, formatted

SDK = "arn:aws:states:::aws-sdk:"


def complaints(definition: dict[str, Any]) -> Iterator[str]:
    """What AWS would refuse, or never do, in one machine."""
    try:
        testing.check(definition)
    except (testing.InvalidDefinition, testing.Unsupported) as error:
        yield str(error)
        return
    for name, state in testing.every_state(definition):
        if state["Type"] == "Task":
            yield from _of_task(name, state)
    yield from _of_cloudformation(definition)


def _of_task(name: str, state: dict[str, Any]) -> Iterator[str]:
    try:
        called = integration(state["Resource"])
    except ResourceError as error:
        yield f"{name}: {error}"
        return
    # An expression that chooses among arguments is known only when it is evaluated.
    given = set(state["Arguments"]) if isinstance(state["Arguments"], dict) else called.required
    for argument in sorted(called.required - given):
        yield f"{name}: {argument} is missing"
    if called.allowed is not None:
        for argument in sorted(given - called.allowed):
            yield f"{name}: {argument} is not an argument of {state['Resource']}"
    if state["Resource"].startswith(SDK):
        service = state["Resource"].removeprefix(SDK).partition(":")[0]
        for error_name in _error_names(state):
            yield from _of_error(name, service, error_name)


def _error_names(state: dict[str, Any]) -> list[str]:
    rules = [*state.get("Retry", []), *state.get("Catch", [])]
    return [error for rule in rules for error in rule["ErrorEquals"]]


def _of_error(name: str, service: str, error: str) -> Iterator[str]:
    # The first are Step Functions' own; the last is its client's, for a connection that failed.
    if error.startswith("States.") or error.endswith(".SdkClientException"):
        return
    try:
        correct = sdk_error(service, error.partition(".")[2])
    except ResourceError as unknown:
        yield f"{name}: {unknown}"
        return
    if error != correct:
        yield f"{name}: {error} is never raised; it is called {correct}"


def _of_cloudformation(definition: dict[str, Any]) -> Iterator[str]:
    resource = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/machine", "Definition": definition},
    }
    template = json.dumps({"Resources": {"Machine": resource}})
    for match in lint(template, config=ManualArgs(regions=["eu-central-1"])):
        yield f"{match.rule.id} {match.message}"


def _of_file(file: Path) -> Iterator[str]:
    text = file.read_text()
    try:
        if formatted(text) != text:
            yield "is not in the one style: make format"
        yield from complaints(asl.parse(text))
    except (NotWritable, yaml.YAMLError) as error:
        yield str(error)


def main() -> None:
    """Prints what is wrong; exits with 1 if anything is."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "statemachine")
    files = asl.files(folder)
    found = [f"{file}: {text}" for file in files for text in _of_file(file)]
    print("\n".join(found) or f"{len(files)} state machines are sound")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()
