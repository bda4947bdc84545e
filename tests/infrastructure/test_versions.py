"""An update reaches the API: CloudFormation publishes a version, and the alias moves to it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.expanded import expanded
from tests.infrastructure.expansions import TEXT, expand, only

PRESENT = expanded()
VERSION = "AWS::Lambda::Version"
LONGEST_REVISION = 5  # digits: one for each deployment of another image
LONGEST = 256  # characters that a version's description may have


def changed(old: str, new: str, folder: Path) -> dict[str, dict[str, Any]]:
    assert TEXT.count(old) == 1
    return expand(TEXT.replace(old, new), folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ContentUri: layers/shared\n", "ContentUri: layers/another\n"),
        ("CodeUri: functions/api\n", "CodeUri: functions/another\n"),
        (
            "      # waitFor takes up to 25 seconds, and API Gateway waits for 30.\n      Timeout: 29",
            "      Timeout: 28",
        ),
    ],
    ids=["the layer's content", "the function's code", "a limit of the function"],
)
def test_a_change_of_the_function_or_its_layer_publishes_a_version(old: str, new: str, tmp_path: Path) -> None:
    resources = changed(old, new, tmp_path)
    before, _ = only(PRESENT.resources, VERSION)
    after, _ = only(resources, VERSION)
    assert before != after
    _, alias = only(resources, "AWS::Lambda::Alias")
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [after, "Version"]}


def test_without_a_change_no_version_is_published(tmp_path: Path) -> None:
    assert only(expand(TEXT, tmp_path), VERSION) == only(PRESENT.resources, VERSION)


def parameters_in(value: object) -> set[str]:
    """The parameters that an expression refers to."""
    found = re.findall(r'"Ref": "(\w+)"|\$\{(\w+)\}', json.dumps(value))
    return {name for pair in found for name in pair} & set(PRESENT.parameters)


def test_a_parameters_other_value_publishes_a_version() -> None:
    """CloudFormation replaces a version whose description is another; SAM's logical id knows a parameter's name."""
    _, version = only(PRESENT.resources, VERSION)
    # Concurrency is the function's and no version's: where nothing else changed, Lambda gives the old version again.
    of_function = parameters_in(
        {
            name: value
            for name, value in PRESENT.resources["ApiFunction"]["Properties"].items()
            if name != "ReservedConcurrentExecutions"
        }
    )
    assert {"WarmPool", "WebhookNetworks"} <= of_function
    text, beside = version["Description"]["Fn::Sub"]
    images = {
        name
        for definition in re.findall(r"(?:Redis|Valkey)Task\w+", json.dumps(beside))
        for name in images_of(definition)
    }
    assert parameters_in(text) | images == of_function


def images_of(definition: str) -> set[str]:
    """The images of a task definition: with another it gets another revision, which its reference tells."""
    containers = PRESENT.resources[definition]["Properties"]["ContainerDefinitions"]
    return parameters_in([container["Image"] for container in containers])


def test_a_versions_description_is_not_longer_than_lambda_takes() -> None:
    _, version = only(PRESENT.resources, VERSION)
    text, beside = version["Description"]["Fn::Sub"]
    for name in parameters_in(text):
        text = text.replace(f"${{{name}}}", "x" * PRESENT.parameters[name]["MaxLength"])
    for name, value in beside.items():
        text = text.replace(f"${{{name}}}", "p" if name == "Private" else "9" * LONGEST_REVISION)
        assert name != "Private" or value == {"Fn::If": ["IsPrivate", "p", {"Fn::If": ["IsPublic", "", "m"]}]}
    assert "$" not in text
    assert len(text) <= LONGEST
