"""The calls of AWS that a request makes, and the same calls bare: by the same clients, without anything of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient


@dataclass(frozen=True, slots=True)
class Call:
    client: Any
    operation: str
    parameters: dict[str, Any]

    def __call__(self) -> object:
        """Makes it again, as each public method of the client does."""
        return self.client._make_api_call(self.operation, self.parameters)


@contextmanager
def watching(note: Callable[[Call], object]) -> Iterator[None]:
    """Tells of every call that is made in the block, by whichever client, before it is made."""
    base: Any = BaseClient
    genuine = base._make_api_call

    def noted(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        note(Call(client, operation, parameters))
        return genuine(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", noted):
        yield


@contextmanager
def recording() -> Iterator[list[Call]]:
    """The calls that are made in the block."""
    calls: list[Call] = []
    with watching(calls.append):
        yield calls
