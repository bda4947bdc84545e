"""The API function on fakes of the world."""

import pytest

from swiftcache import wiring
from tests.unit.http.api_world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "accounts", lambda: world.accounts)
    monkeypatch.setattr(wiring, "instance_service", lambda: world.service)
    monkeypatch.setattr(wiring, "reading", lambda: world.reading)
    monkeypatch.setattr(wiring, "waiting", lambda: world.waiting)
    return world
