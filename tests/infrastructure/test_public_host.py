"""What a public host and an editor run for contributors: nothing that is not locked, and what they name is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = [file for file in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if file.stem != "config"]


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def test_the_workflow_runs_what_we_run_on_both_pythons() -> None:
    job = read(ROOT / ".github" / "workflows" / "check.yml")["jobs"]["check"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_named_by_its_digest_and_its_version(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text())
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_only_read(file: Path) -> None:
    assert read(file)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.name)
def test_a_form_has_what_the_host_requires(file: Path) -> None:
    form = read(file)
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def test_every_lock_is_looked_at_for_updates() -> None:
    [libraries] = [one for one in read(ROOT / ".github" / "dependabot.yml")["updates"] if "directories" in one]
    folders = {
        f"/{lock.parent.relative_to(ROOT)}" for top in ("layers", "local") for lock in (ROOT / top).rglob("*.in")
    }
    assert set(libraries["directories"]) == folders


def test_the_hooks_before_a_commit_are_our_own_and_call_make() -> None:
    repositories = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert all(hook["language"] == "system" for hook in hooks)
    assert [hook["entry"] for hook in hooks] == [f"make {hook['id']}" for hook in hooks]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {hook["id"] for hook in hooks} <= targets
