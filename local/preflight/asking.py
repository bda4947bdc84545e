"""Asking AWS, so that what may not be asked becomes a line and no crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.preflight.lines import Line, warn

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
"""How the services say that credentials lack a permission."""


class Clients(Protocol):
    """Gives the boto3 client of a service in a region: by default in that of the deployment."""

    def __call__(self, service: str, region: str | None = None) -> Any: ...


class NotAnswered(Exception):
    """AWS did not say: `found` says why not, `advice` what to do."""

    def __init__(self, found: str, advice: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.advice = advice

    def line(self, subject: str) -> Line:
        return warn(subject, f"not checked: {self.found}", self.advice)


def ask(client: Any, operation: str, **arguments: object) -> dict[str, Any]:
    """The answer to an operation, by boto3's name of it.

    Raises NotAnswered if the caller may not ask or nobody answers, ClientError for the service's other errors.
    """
    with _answering(client, operation):
        answer: dict[str, Any] = getattr(client, operation)(**arguments)
        return answer


def ask_all(client: Any, operation: str, member: str, **arguments: object) -> list[Any]:
    """All items of a list that comes in pages. Raises as `ask` does."""
    with _answering(client, operation):
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(member, [])]


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def unexpected(error: ClientError) -> NotAnswered:
    """An error that no check knows, as a line says it."""
    return NotAnswered(f"{error.operation_name} answered {code(error)}: {error.response['Error'].get('Message', '')}")


@contextmanager
def _answering(client: Any, operation: str) -> Iterator[None]:
    permission = f"{client.meta.service_model.signing_name}:{client.meta.method_to_api_mapping[operation]}"
    try:
        yield
    except ClientError as error:
        if code(error) in _DENIED:
            raise NotAnswered(f"you may not {permission}", "Have it allowed, or look yourself.") from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotAnswered(f"{permission} is not answered here") from error
        raise
    except BotoCoreError as error:
        raise NotAnswered(f"{permission} is not answered: {error}") from error
