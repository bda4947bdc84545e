"""What the operator's guide says is there is there."""

import re
from pathlib import Path

from tests.expanded import expanded

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operations.md").read_text()
TEMPLATE = expanded()


def test_every_alarm_is_explained() -> None:
    alarms = {name for name, found in TEMPLATE.resources.items() if found["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(re.findall(r"^\| `(\w+Alarm)` \|", GUIDE, re.MULTILINE)) == alarms


def test_every_resource_it_names_exists() -> None:
    named = set(re.findall(r"`([A-Z]\w+(?:Function|Queue))`", GUIDE))
    assert named
    assert named <= set(TEMPLATE.resources)


def test_every_machine_has_its_executions_named() -> None:
    machines = {
        name for name, found in TEMPLATE.resources.items() if found["Type"] == "AWS::StepFunctions::StateMachine"
    }
    assert set(re.findall(r"^\| `(\w+)` \| `[a-z<]", GUIDE, re.MULTILINE)) == machines


def test_every_test_it_names_exists() -> None:
    named = re.findall(r"tests/[\w/]+\.py", GUIDE)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
