"""The API function on fakes of the world."""

import io

import pytest

from functions.api import app as api
from tests.unit.http.api_world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs. Its logger has taken its stream before any test could capture it."""
    stream = io.StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", stream)
    return stream
