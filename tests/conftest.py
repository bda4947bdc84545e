"""Coverage of the library, while the tests run that are about parts of it.

On Python 3.11 a test that is measured takes twice the time. Those of the whole service would take minutes more, and
cover little that these do not. They come first, since some take a minute: at the end all workers are busy with short
ones.
"""

import signal
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from local.models import remember

# How long an example takes says something of the machine, and not of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# moto begins each test with another session of boto3, which would read the models of its services anew.
remember()

# What a script runs in its background ignores Ctrl-C, and so would all that tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
MEASURED = [HERE / name for name in ("unit", "contract", "integration")]
NOT_MEASURED = HERE / "integration" / "local"

_paused: list[Coverage] = []


def is_measured(path: Path) -> bool:
    """Whether what a test in this file runs counts as covered."""
    return any(map(path.is_relative_to, MEASURED)) and not path.is_relative_to(NOT_MEASURED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: is_measured(item.path))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of the test. There is nothing to pause where no coverage is asked for."""
    running = Coverage.current()
    if running and not is_measured(item.path):
        running.stop()
        _paused.append(running)
    elif _paused and is_measured(item.path):
        _paused.pop().start()
