"""One running service for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.repair_instance import app as repair_instance
from tests.statemachine.cloud import Cloud, left_as_found, running
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.reconciling import Reconciling
from tests.statemachine.recoveries import Mortal, delete, new_instance

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs a whole module: starting the service takes longer than most tests."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="module")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    yield from running(tmp_path_factory.mktemp("cloud"))


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    with left_as_found(shared_cloud):
        yield shared_cloud


@pytest.fixture
def reconcile(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Reconciling:
    return Reconciling(cloud, monkeypatch)


@pytest.fixture
def leaked(cloud: Cloud) -> Iterator[LeakedResources]:
    leaked = LeakedResources(cloud)
    yield leaked
    leaked.blocked.set()


@pytest.fixture
def neighbour(leaked: LeakedResources) -> Iterator[str]:
    """An instance that nothing may happen to."""
    instance_id = leaked.running()
    before, left = leaked.cloud.find(instance_id), leaked.cloud.left(instance_id)
    yield instance_id
    assert (leaked.cloud.find(instance_id), leaked.cloud.left(instance_id)) == (before, left)
    leaked.cloud.delete(instance_id)
    leaked.cloud.wait(instance_id, "GONE")


@pytest.fixture
def mortal(cloud: Cloud) -> Iterator[Mortal]:
    """An instance whose task may die; a new one for each test: after some deaths in a row it would be given up."""
    mortal = new_instance(cloud)
    yield mortal
    if cloud.find(mortal.id):
        delete(mortal)


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears of executions that end badly."""
    monkeypatch.setattr(repair_instance, "handler", lambda *_: None)
