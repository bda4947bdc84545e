"""What the API refuses (RFC 9457), as an error of this program: what was wrong, where, and what to do."""

import json
from typing import Any

from swiftcache_cli.credentials import Credentials
from swiftcache_cli.errors import (
    CliError,
    ConflictError,
    NotFoundError,
    NotSignedInError,
    UnreachableError,
    UsageError,
)
from swiftcache_cli.transport import Reply

_KINDS: dict[int, type[CliError]] = {
    400: UsageError,
    401: NotSignedInError,
    403: NotSignedInError,
    404: NotFoundError,
    409: ConflictError,
    413: UsageError,
    415: UsageError,
    422: UsageError,
}


def error_of(reply: Reply, credentials: Credentials) -> CliError:
    problem = _problem(reply)
    code = str(problem.get("code") or f"HTTP_{reply.status}")
    detail = str(problem.get("detail") or problem.get("title") or f"the API answered {reply.status}")
    kind = UnreachableError if _may_be_done(reply.status, code) else _KINDS.get(reply.status, CliError)
    return kind(_said(detail, problem), code=code, hint=_hint(reply, code, credentials, problem))


def _may_be_done(status: int, code: str) -> bool:
    """Whether the same request may still be worth sending again, later."""
    return status >= 500 or (status == 429 and code != "LIMIT_EXCEEDED") or code == "IDEMPOTENT_REQUEST_IN_PROGRESS"


def _said(detail: str, problem: dict[str, Any]) -> str:
    """With the figures of a limit. The pointers of values are in the detail already, for more than one."""
    pointers = [str(one.get("pointer") or "") for one in problem.get("errors") or []]
    missing = [pointer for pointer in pointers if pointer and pointer not in detail]
    return f"{', '.join(missing)}: {detail}" if missing else detail


def _hint(reply: Reply, code: str, credentials: Credentials, problem: dict[str, Any]) -> str:
    if reply.status == 401:
        return (
            f"The account key is from {credentials.source}: it is wrong, revoked or expired, or its organization is "
            "suspended. Sign in with another: swiftcache login"
        )
    if reply.status == 403:
        return f"The account key is from {credentials.source}. Ask an owner or admin of the organization"
    if reply.status == 404:
        return "Is the name right? See what is there: swiftcache instances list"
    if code == "LIMIT_EXCEEDED":
        return "Delete something, or ask the operator for more: swiftcache org usage"
    if reply.status == 429:
        return f"Nothing was done. Come again in {reply.headers.get('retry-after', 'some')} seconds"
    if reply.status >= 500:
        return f"Try again. If it stays so, tell the operator the request id {problem.get('requestId') or 'unknown'}"
    return ""


def _problem(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
