"""Unit tests use no network: a socket fails the test, on this computer too. Those that need one are in integration."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("disable_socket")
