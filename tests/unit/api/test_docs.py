"""The page about the API and the document behind it."""

import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from local.openapi import document
from swiftcache.api.docs_page import page
from tests.api_world import EVENTS, World

LAMBDA_LIMIT = 6 * 1024 * 1024


class Page(HTMLParser):
    """What a page holds, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.scripts: list[str] = []
        self.tags: list[str] = []
        self.feed(page()[0])
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"]:
            self.scripts.append(data)


def test_the_page_loads_nothing() -> None:
    found = Page()
    assert found.loaded == []
    assert set(found.tags) == {"html", "head", "meta", "title", "style", "body", "div", "script"}


def test_the_style_of_the_page_loads_nothing() -> None:
    style = re.search(r"<style>(.*?)</style>", page()[0], re.DOTALL)
    assert style is not None
    assert "@import" not in style[1]
    assert [url for url in re.findall(r"url\(([^)]*)\)", style[1]) if not url.startswith(("data:", '"data:'))] == []


def test_the_policy_of_the_page_allows_its_own_scripts_and_this_api_alone() -> None:
    policy = dict(part.strip().split(" ", 1) for part in page()[1].split(";"))
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts()]
    assert policy["script-src"].split() == [f"'sha256-{found}'" for found in hashes]
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
    assert "http" not in page()[1]


def scripts() -> list[str]:
    return re.findall(r"<script>(.*?)</script>", page()[0], re.DOTALL)


def test_the_page_reads_the_document_of_this_api() -> None:
    assert 'url: "openapi.json"' in scripts()[1]
    assert "validatorUrl: null" in scripts()[1]


def test_the_page_is_served_to_anybody_and_fits_into_an_answer(world: World) -> None:
    answer = world.raw("get_docs", headers={"authorization": None})
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["Content-Security-Policy"] == page()[1]
    assert len(answer["body"].encode()) < LAMBDA_LIMIT


def test_the_page_is_compressed_for_those_who_can_read_it(world: World) -> None:
    answer = world.raw("get_docs", headers={"accept-encoding": "gzip, br"})
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == page()[0]


def test_the_document_is_the_one_that_make_openapi_writes(world: World) -> None:
    answer = world.send("get_openapi", headers={"authorization": None})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.text == document()


def operations() -> dict[str, dict[str, Any]]:
    """Every operation of the document by its id, with its path as `path`."""
    return {
        operation["operationId"]: {**operation, "path": path}
        for path, found in json.loads(document())["paths"].items()
        for operation in found.values()
    }


def path_parameters(operation: dict[str, Any]) -> list[str]:
    return [found["name"] for found in operation.get("parameters", []) if found["in"] == "path"]


@pytest.mark.parametrize("operation", operations().values(), ids=operations())
def test_the_document_declares_the_parameters_of_its_paths(operation: dict[str, Any]) -> None:
    assert path_parameters(operation) == re.findall(r"{(\w+)}", operation["path"])


@pytest.mark.parametrize("operation", operations().values(), ids=operations())
def test_a_link_gives_every_parameter_of_the_path_that_it_leads_to(operation: dict[str, Any]) -> None:
    links = [link for answer in operation["responses"].values() for link in answer.get("links", {}).values()]
    for link in links:
        assert sorted(link["parameters"]) == sorted(path_parameters(operations()[link["operationId"]]))
        asked = re.findall(r"\$request\.path\.(\w+)", " ".join(link["parameters"].values()))
        assert set(asked) <= set(path_parameters(operation))


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all that is in it, each an object."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts_of(part)


def test_limits_have_json_schemas_names_and_not_pydantics() -> None:
    schemas = json.loads(document())["components"]["schemas"]
    assert [part for part in parts_of(schemas) if {"ge", "gt", "le", "lt"} & part.keys()] == []


def test_a_cold_start_does_not_load_the_page() -> None:
    program = "import sys, functions.api.app; sys.exit('swiftcache.api.docs_page' in sys.modules)"
    root = EVENTS.parent
    environment = {"PYTHONPATH": f"{root}/layers/shared:{root}"}
    assert subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, timeout=60).returncode == 0
