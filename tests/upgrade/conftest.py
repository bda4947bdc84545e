"""One running service for the tests of a module, and its update."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.statemachine.cloud import Cloud, left_as_found, running
from tests.upgrade.before import Update, template_with_both

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs a whole module: starting the service takes longer than most tests."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="module")
def shared_update(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Update]:
    for cloud in running(tmp_path_factory.mktemp("cloud"), template_with_both()):
        yield Update(cloud)


@pytest.fixture
def update(shared_update: Update) -> Iterator[Update]:
    with left_as_found(shared_update.cloud):
        yield shared_update


@pytest.fixture
def cloud(update: Update) -> Cloud:
    return update.cloud
