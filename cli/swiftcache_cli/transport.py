"""What the client needs of HTTP: one request, one reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reply:
    """The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ReplyLostError(Exception):
    """Nothing was heard: nobody listens, the connection broke, or it took too long. `str()` says which."""


class NotTrustedError(Exception):
    """The certificate is not one to be trusted: asking again gives the same. `str()` says why."""


class Transport(Protocol):
    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """`path` is below the API's address, with its query. Raises ReplyLostError, NotTrustedError."""
