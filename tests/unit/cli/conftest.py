"""A terminal before the API on fakes of the world."""

from pathlib import Path

import pytest

from tests.api_world import World
from tests.unit.cli.terminal import Terminal, WorldTransport


@pytest.fixture
def transport(world: World) -> WorldTransport:
    return WorldTransport(world)


@pytest.fixture
def terminal(transport: WorldTransport, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys, transport)
