"""What the state machine is given, and what it gives to its function and takes from it.

The address to answer to opens CloudFormation's bucket for whoever has it, so it is sealed.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from swiftcache.declarations.model import DEFAULT_SECONDS, Declaration, DeclarationRefused, Kind, Progress

Sealed = tuple[bytes, ...]

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,50}")
_FUNCTION_PARTS = 7
"""Of the ARN of a function without a qualifier."""


def organization_of(invoked_arn: str) -> str:
    """The organization that the caller was let to: AWS checks that they may invoke this very ARN. Empty if none."""
    parts = invoked_arn.split(":")
    qualifier = parts[_FUNCTION_PARTS] if len(parts) > _FUNCTION_PARTS else ""
    return qualifier if qualifier.startswith("org_") else ""


def declaration_of_event(event: Mapping[str, Any], invoked_arn: str) -> Declaration:
    """CloudFormation's request. Raises DeclarationRefused for an id that it would not give."""
    if not _REQUEST_ID.fullmatch(event["RequestId"]):
        raise DeclarationRefused("INVALID_REQUEST: the RequestId is none of CloudFormation's")
    return Declaration(
        Kind(event["RequestType"]),
        organization_of(invoked_arn),
        event["RequestId"],
        event["StackId"],
        event["LogicalResourceId"],
        event.get("PhysicalResourceId", ""),
        event.get("ResourceProperties", {}),
        event.get("OldResourceProperties", {}),
    )


def seconds_of(event: Mapping[str, Any]) -> int:
    """How long CloudFormation waits."""
    given = str(event.get("ResourceProperties", {}).get("ServiceTimeout", DEFAULT_SECONDS))
    return min(int(given), DEFAULT_SECONDS) if given.isdigit() else DEFAULT_SECONDS


def about(request_id: str) -> dict[str, str]:
    """What a sealed address is bound to."""
    return {"purpose": "declaration", "requestId": request_id}


def execution_input(declaration: Declaration, answer_to: Sealed, seconds: int) -> dict[str, object]:
    return {
        "requestId": declaration.request_id,
        "organizationId": declaration.organization_id,
        "kind": declaration.kind.value,
        "stackId": declaration.stack_id,
        "logicalId": declaration.logical_id,
        "physicalId": declaration.physical_id,
        "properties": dict(declaration.properties),
        "oldProperties": dict(declaration.old_properties),
        "answerTo": [base64.b64encode(piece).decode() for piece in answer_to],
        "seconds": seconds,
    }


def declaration_of(given: Mapping[str, Any]) -> Declaration:
    return Declaration(
        Kind(given["kind"]),
        given["organizationId"],
        given["requestId"],
        given["stackId"],
        given["logicalId"],
        given["physicalId"],
        given["properties"],
        given["oldProperties"],
    )


def answer_to_of(given: Mapping[str, Any]) -> Sealed:
    return tuple(base64.b64decode(piece) for piece in given["answerTo"])


def progress_of(given: Mapping[str, Any]) -> Progress:
    return Progress(
        bool(given.get("settled", False)),
        given.get("instanceId", ""),
        bool(given.get("made", False)),
        bool(given.get("asked", False)),
        given.get("changeId", ""),
        tuple(given.get("drift", ())),
        dict(given.get("attributes", {})),
    )


def progress_output(progress: Progress) -> dict[str, object]:
    return {
        "settled": progress.settled,
        "instanceId": progress.instance_id,
        "made": progress.made,
        "asked": progress.asked,
        "changeId": progress.change_id,
        "drift": list(progress.drift),
        "attributes": dict(progress.attributes),
    }
