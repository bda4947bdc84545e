"""AWS's service models, read once for all processes that are forked from the one that imports this.

Each client of boto3 is made from models that take 30 to 50 milliseconds to unpack and parse; that was most of what a
function's process did before its first answer.
"""

import gc
from typing import Any, ClassVar

from botocore.loaders import JSONFileLoader, Loader, create_loader

_COMMON = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
_SERVICES = ("dynamodb", "events", "secretsmanager", "stepfunctions")
_PARTS = ("service-2", "endpoint-rule-set-1")


class Remembering(JSONFileLoader):
    """Reads a file once. A loader gives out the same model again and again as it is, so nothing may change it."""

    _read: ClassVar[dict[str, Any]] = {}

    def load_file(self, file_path: str) -> Any:
        if file_path not in self._read:
            self._read[file_path] = super().load_file(file_path)
        return self._read[file_path]


def remember() -> None:
    """From now on each model is read once in this process, and in those forked from it; the usual ones at once."""
    Loader.FILE_LOADER_CLASS = Remembering
    loader = create_loader()
    for name in _COMMON:
        loader.load_data(name)
    for service in _SERVICES:
        for part in _PARTS:
            loader.load_service_model(service, part)


remember()
# What is loaded by now stays: no collection in a fork shall look at it, which would copy its memory.
gc.freeze()
