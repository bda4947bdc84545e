"""What a stack asks for, how far that has come, and why it cannot be had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from swiftcache.platform.errors import Conflict, SwiftCacheError

DEFAULT_SECONDS = 3600
"""How long CloudFormation waits for an answer unless the resource has a ServiceTimeout, and at most."""


class Kind(StrEnum):
    """CloudFormation's names of what it asks for."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One request of CloudFormation.

    `organization_id` is what the ServiceToken named; empty if it named none. `physical_id` is what a creation answered,
    and empty for one. `properties` are as CloudFormation sends them: every scalar is a string.
    """

    kind: Kind
    organization_id: str
    request_id: str
    stack_id: str
    logical_id: str
    physical_id: str
    properties: Mapping[str, object]
    old_properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a declaration has come. `settled`: there is nothing more to wait for.

    `instance_id` is what it is about, once that is known; `made`: this very request has made it. `asked`: the change or
    the deletion was sent, `change_id` is what the change is called. `drift` says what was found otherwise than
    declared, and `attributes` are what the stack may ask for by Fn::GetAtt.
    """

    settled: bool = False
    instance_id: str = ""
    made: bool = False
    asked: bool = False
    change_id: str = ""
    drift: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


class DeclarationRefused(SwiftCacheError):
    """What is declared cannot be had, and trying again changes nothing. The message begins with a stable code."""

    code = "DECLARATION_REFUSED"


class DeclaredInstanceFailed(SwiftCacheError):
    """The instance did not become what was declared. The message begins with the instance's own code."""

    code = "DECLARED_INSTANCE_FAILED"


class AnswerRefused(SwiftCacheError):
    """CloudFormation's address does not take the answer, and will not: it is too late, or it is no address of AWS."""

    code = "ANSWER_REFUSED"


class InstanceBusy(Conflict):
    """The instance cannot be changed at this moment: another change, or a recovery, is under way."""

    code = "INSTANCE_BUSY"


def marker(request_id: str) -> str:
    """The physical id of what was not made. Its deletion does nothing."""
    return f"not-created-{request_id}"
