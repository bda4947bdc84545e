"""End-to-end tests: one local stack for all of them, used from outside, as its users use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Api
from tests.e2e.leftovers import NothingLeft, left_of
from tests.e2e.stack import Stack

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs them all, so that there is one stack."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that all tests share: none may stop it, or count on being alone with it."""
    with Stack(tmp_path_factory.mktemp("stack") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    return stack.api


@pytest.fixture(scope="session")
def nothing_left(stack: Stack) -> NothingLeft:
    """Asserts that an instance which was RUNNING is gone, with everything that had been made for it."""

    def check(instance: dict[str, Any]) -> None:
        assert stack.api.get(instance["id"]).status_code == 404
        assert stack.names.resolve(instance["hostname"]) == []
        assert left_of(stack, instance["id"]) == []

    return check
