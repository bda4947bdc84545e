"""One running service for the cells of a module."""

from collections.abc import Iterator

import pytest

from tests.faults.matrix import Matrix
from tests.statemachine.cloud import running


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    for cloud in running(tmp_path_factory.mktemp("faults")):
        matrix = Matrix(cloud)
        yield matrix
        matrix.close()
