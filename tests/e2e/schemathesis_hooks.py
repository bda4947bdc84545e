"""What schemathesis must know of our API: it sends the same few idempotency keys with ever other requests.

That is a 422, as it must be, but is no answer to a valid request. So the key of each valid request becomes a new one.
"""

import uuid
from typing import Any

import schemathesis

HEADER = "Idempotency-Key"


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    if case.meta and case.meta.generation.mode.is_positive and HEADER in case.headers:
        case.headers[HEADER] = str(uuid.uuid4())
