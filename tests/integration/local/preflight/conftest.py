"""The account that a test breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from local.template import Template
from tests.expanded import expanded
from tests.integration.local.preflight.world import World
from tests.mocked_aws import mocked_aws


@pytest.fixture(scope="session")
def template() -> Template:
    return expanded()


@pytest.fixture(scope="session")
def made() -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def world(template: Template, made: dict[tuple[str, str], Any]) -> Iterator[World]:
    with mocked_aws():
        yield World(template, made)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Root")
