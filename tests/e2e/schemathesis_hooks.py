"""What schemathesis must know of our API, and a schema cannot say.

It sends the same few idempotency keys with ever other requests, cursors that nobody gave it, and times that are over.
Each is a 422, as it must be, but is no answer to a valid request. So a valid request gets a new key, no cursor, and an
expiry that is to come.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis

HEADER = "Idempotency-Key"


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if HEADER in case.headers:
        case.headers[HEADER] = str(uuid.uuid4())
    case.query.pop("cursor", None)
    if isinstance(case.body, dict) and case.body.get("expiresAt"):
        case.body["expiresAt"] = (datetime.now(UTC) + timedelta(days=30)).isoformat()
