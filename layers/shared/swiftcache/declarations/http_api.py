"""The public API over HTTPS, as any client has it: so what a declaration may do is what its account key may do."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import urllib3
from urllib3.exceptions import HTTPError

from swiftcache.declarations.model import DeclarationRefused, InstanceBusy
from swiftcache.declarations.ports import MadeInstance
from swiftcache.platform.errors import (
    ChangeInProgress,
    Conflict,
    DependencyUnavailable,
    FinalBackupInProgress,
    IllegalTransition,
    RateLimited,
    RecoveryInProgress,
    RequestInProgress,
)

_SECONDS = 15

_PASSES = frozenset({RateLimited.code, RequestInProgress.code})
"""Codes of refusals below 500 that pass by themselves."""

_BUSY = frozenset(
    refusal.code
    for refusal in (ChangeInProgress, RecoveryInProgress, FinalBackupInProgress, IllegalTransition, Conflict)
)
"""Of refusals that are due to what the instance is doing."""


class HttpInstanceApi:
    """`url` is where the API is, without a path; `account_key` gives the one that is kept for an organization."""

    def __init__(self, url: str, account_key: Callable[[str], str]) -> None:
        self._url = url
        self._account_key = account_key
        self._pool = urllib3.PoolManager()

    def create(self, organization_id: str, idempotency_key: str, body: Mapping[str, Any]) -> MadeInstance:
        made = self._asked(organization_id, "POST", "/instances", body, idempotency_key)
        return MadeInstance(made["instance"]["id"], made["createdDefaultKey"]["plainTextKey"])

    def get(self, organization_id: str, instance_id: str) -> Mapping[str, Any] | None:
        status, found = self._send(organization_id, "GET", _path(instance_id))
        if _is_not_there(status, found):
            return None
        instance: Mapping[str, Any] = _checked(status, found)["instance"]
        # The key that is kept for one organization may by mistake be another's.
        return instance if instance["organizationId"] == organization_id else None

    def change(self, organization_id: str, instance_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = self._asked(organization_id, "PATCH", _path(instance_id), body)
        instance: Mapping[str, Any] = changed["instance"]
        return instance

    def delete(self, organization_id: str, instance_id: str, final_backup: str) -> None:
        status, answer = self._send(
            organization_id, "DELETE", f"{_path(instance_id)}?finalBackup={quote(final_backup)}"
        )
        if not _is_not_there(status, answer):
            _checked(status, answer)

    def create_key(self, organization_id: str, instance_id: str, idempotency_key: str, name: str) -> str:
        made = self._asked(organization_id, "POST", f"{_path(instance_id)}/keys", {"name": name}, idempotency_key)
        return str(made["createdKey"]["plainTextKey"])

    def _asked(
        self, organization_id: str, method: str, path: str, body: Mapping[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        return _checked(*self._send(organization_id, method, path, body, idempotency_key))

    def _send(
        self,
        organization_id: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        headers = {
            "Authorization": f"Bearer {self._account_key(organization_id)}",
            "User-Agent": "SwiftCache-Declared/1",
        }
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        try:
            # Without redirects: the account key goes to the API and nowhere else.
            answer = self._pool.request(
                method,
                f"{self._url}/api/v1{path}",
                body=data,
                headers=headers,
                timeout=_SECONDS,
                retries=False,
                redirect=False,
            )
        except HTTPError as error:
            # Not with its words: they may name what was sent.
            raise DependencyUnavailable(f"the API did not answer ({type(error).__name__}); please try again") from None
        return answer.status, _json(answer.data)


def _path(instance_id: str) -> str:
    return f"/instances/{quote(instance_id, safe='')}"


def _json(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _is_not_there(status: int, answer: Mapping[str, Any]) -> bool:
    """As the API says it. What stands before it may answer 404 too, and knows nothing of instances."""
    return status == HTTPStatus.NOT_FOUND and answer.get("code") == "NOT_FOUND"


def _checked(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer if it is none of a refusal. Raises DeclarationRefused, InstanceBusy, DependencyUnavailable."""
    if 200 <= status < 300 and answer:
        return answer
    code, detail = str(answer.get("code", status)), str(answer.get("detail", "no reason was given"))
    said = f"{code}: {detail}"
    if code in _PASSES or not 400 <= status < 500 or "code" not in answer:
        raise DependencyUnavailable(f"the API answered {said}; please try again")
    if code in _BUSY:
        raise InstanceBusy(said)
    raise DeclarationRefused(said)
