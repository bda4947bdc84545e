"""The API function on fakes of the world, for the tests of routes; and no network for any test here."""

import io
from pathlib import Path

import pytest

from functions.api import app as api
from tests.api_world import World

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A socket fails a unit test, on this computer too. Tests that need one are in integration."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("disable_socket")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs. Its logger has taken its stream before any test could capture it."""
    stream = io.StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", stream)
    return stream
