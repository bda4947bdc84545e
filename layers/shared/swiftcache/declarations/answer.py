"""What CloudFormation is answered: one JSON object of at most 4,096 bytes."""

import json
from collections.abc import Mapping
from typing import Any

from swiftcache.declarations.model import Declaration, Kind, Progress, marker

MAX_BYTES = 4096
_CUT = " …"


def success(declaration: Declaration, progress: Progress) -> bytes:
    """What is there now, with what the stack may ask for by Fn::GetAtt."""
    physical_id = progress.instance_id or declaration.physical_id
    return _fitting(declaration, "SUCCESS", physical_id, "", progress.attributes)


def failure(declaration: Declaration, reason: str) -> bytes:
    """The old id stays: CloudFormation deletes whatever else it is told of."""
    physical_id = marker(declaration.request_id) if declaration.kind is Kind.CREATE else declaration.physical_id
    return _fitting(declaration, "FAILED", physical_id, reason, {})


def reason_of(failure: Mapping[str, Any], request_id: str, left_behind: str) -> str:
    """In words, the first error of an execution: `Error`, `Cause` and `Step`, as Step Functions has them."""
    cause = str(failure.get("Cause", ""))
    try:
        told = json.loads(cause)
    except ValueError:
        told = None
    # A function's error is an object with its message; AWS's own words may name resources that are not the owner's.
    words = told["errorMessage"] if isinstance(told, dict) and "errorMessage" in told else cause
    what = words if failure.get("Error") in _OURS else f"{failure.get('Error')}: tell the operator the request id"
    left = f". {left_behind} could not be removed: delete it yourself" if left_behind else ""
    return f"{what}{left} (request {request_id})"


_OURS = frozenset(
    {"DeclarationRefused", "DeclaredInstanceFailed", "DeclarationTimedOut", "DependencyUnavailable", "InstanceBusy"}
)


def _fitting(
    declaration: Declaration, status: str, physical_id: str, reason: str, attributes: Mapping[str, str]
) -> bytes:
    """With as much of the longest texts as there is room for."""
    document: dict[str, Any] = {
        "Status": status,
        "PhysicalResourceId": physical_id,
        "StackId": declaration.stack_id,
        "RequestId": declaration.request_id,
        "LogicalResourceId": declaration.logical_id,
        "Reason": reason,
        "Data": dict(attributes),
    }
    while len(body := json.dumps(document).encode()) > MAX_BYTES:
        holder, name = (document, "Reason") if reason else (document["Data"], "Drift")
        holder[name] = _shorter(holder[name])
    return body


def _shorter(text: str) -> str:
    return text.removesuffix(_CUT)[: len(text) * 3 // 4] + _CUT
