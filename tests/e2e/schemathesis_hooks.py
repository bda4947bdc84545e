"""What schemathesis must know of our API, and a schema cannot say.

It sends the same few idempotency keys with ever other requests, cursors that nobody gave it, times that are over, and
organizations that are not there. Each is refused, as it must be, but is no answer to a valid request. So a valid
request gets a new key, no cursor, no end that may be before its beginning, a time that is to come, an engine that is
offered, the caller's organization, a receiver that is allowed, and does not wait; and it leaves the organization's
limits alone, since the others need them. Who signs out has a session, and sends its cookie as the browser of a page of
ours does.
"""

import os
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import requests
import schemathesis

HEADER = "Idempotency-Key"
SIGN_OUT = ("DELETE", "/api/v1/session")


def session() -> dict[str, str]:
    """The cookie of a new one."""
    key = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    return requests.post(f"{os.environ['API']}/api/v1/session", headers=key, timeout=30).cookies.get_dict()


@cache
def offered() -> dict[str, str]:
    """The engine and its version that a new instance gets by default."""
    engines = requests.get(f"{os.environ['API']}/api/v1/engines", timeout=30).json()["engines"]
    [default] = [one for one in engines if one["default"]]
    return {"engine": default["name"], "version": default["version"]}


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if HEADER in case.headers:
        case.headers[HEADER] = str(uuid.uuid4())
    case.query.pop("cursor", None)
    if "since" in case.query:
        case.query.pop("until", None)
    if (case.method, case.path) == SIGN_OUT:
        case.cookies |= session()
        case.headers["Sec-Fetch-Site"] = "same-origin"
    organization = os.environ["ORGANIZATION"]
    if "organizationId" in case.query:
        case.query["organizationId"] = organization
    if "waitFor" in case.query:
        case.query["timeout"] = 0
    if isinstance(case.body, dict):
        case.body.pop("limits", None)
        if case.body.get("deletionProtection"):
            # What is to delete itself, as an earlier request may have asked, cannot be protected.
            case.body.pop("deletionProtection")
        # A time of day is of days; what may come back from a backup has no volume, and there is none of these ids.
        schedule = case.body.get("backupSchedule")
        if isinstance(schedule, dict) and not str(schedule.get("every")).endswith("d"):
            schedule.pop("at", None)
        for name in ("recoverFromBackup", "restoreFrom", "restoreKeys"):
            case.body.pop(name, None)
        if case.body.get("allowedCidrs"):
            case.body["allowedCidrs"] = ["10.1.0.0/16"]
        for name in offered().keys() & case.body:
            case.body[name] = offered()[name]
        if case.body.get("expiresAt"):
            case.body["expiresAt"] = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        if "organizationId" in case.body:
            case.body["organizationId"] = organization
        if case.body.get("url"):
            case.body["url"] = "http://127.0.0.1:9/hook"
