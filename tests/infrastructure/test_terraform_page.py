"""The example of docs/terraform.md sends what the API takes. No test applies it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.openapi import document

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "terraform" / "main.tf"
TEXT = EXAMPLE.read_text()
DOCUMENT: dict[str, Any] = json.loads(document())


def fields(block: str) -> set[str]:
    """The names that a map of the locals gives values to."""
    [found] = re.findall(rf"^  {block} = {{\n(.*?)^  }}", TEXT, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"^    (\w+) +=", found, re.MULTILINE))


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return found


def said(argument: str) -> str:
    [found] = re.findall(rf"^  {argument} += (.+)$", TEXT, re.MULTILINE)
    return str(found)


def test_the_examples_syntax_and_form_are_terraforms_own() -> None:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    done = subprocess.run(["terraform", "fmt", "-check", "-diff", EXAMPLE.parent], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_example_creates_with_all_that_a_creation_needs_and_nothing_unknown() -> None:
    creation = schema("CreateInstanceRequest")
    sent = fields("changeable") | fields("fixed")
    assert set(creation["required"]) <= sent <= set(creation["properties"])


def test_the_example_changes_only_what_can_be_changed_by_the_method_that_changes() -> None:
    assert fields("changeable") <= set(schema("ChangeInstanceRequest")["properties"])
    assert fields("fixed").isdisjoint(schema("ChangeInstanceRequest")["properties"])
    assert (said("update_data"), said("update_method")) == ("jsonencode(local.changeable)", '"PATCH"')
    assert said("path").strip('"') in DOCUMENT["paths"]
    assert "patch" in DOCUMENT["paths"][said("path").strip('"') + "/{instanceId}"]


def test_the_example_makes_another_instance_for_what_cannot_be_changed() -> None:
    assert set(json.loads(said("force_new"))) == fields("fixed")


@pytest.mark.parametrize("method", ["post", "get"])
def test_the_examples_id_is_where_the_answers_have_it(method: str) -> None:
    path = DOCUMENT["paths"]["/api/v1/instances" if method == "post" else "/api/v1/instances/{instanceId}"]
    answer = path[method]["responses"]["201" if method == "post" else "200"]["content"]["application/json"]["schema"]
    field, name = said("id_attribute").strip('"').split("/")
    inner = schema(answer["$ref"].rpartition("/")[2])["properties"][field]
    assert name in schema(inner["$ref"].rpartition("/")[2])["required"]


def test_the_example_sends_no_request_twice() -> None:
    assert not re.search(r"^ *retries\b", TEXT, re.MULTILINE)
