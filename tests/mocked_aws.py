"""AWS as moto has it, in this process, for as long as a test takes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws


@contextmanager
def mocked_aws() -> Iterator[None]:
    """Empty in the beginning; every boto3 client made inside leads to it."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        # A thousand images of EC2's take longer than most tests, and none needs them.
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        yield
