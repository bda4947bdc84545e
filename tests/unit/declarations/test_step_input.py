"""What goes through the state machine and comes back, and whom a request is from."""

import json
from typing import Any

import pytest

from swiftcache.declarations.executions import StepFunctionsDeclarationStarter
from swiftcache.declarations.model import DeclarationRefused, Kind, Progress
from swiftcache.declarations.step_input import (
    answer_to_of,
    declaration_of,
    declaration_of_event,
    execution_input,
    organization_of,
    progress_of,
    progress_output,
    seconds_of,
)

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:swiftcache-DeclareInstance"
URL = "https://cloudformation-custom-resource-response-eucentral1.s3.amazonaws.com/x?X-Amz-Signature=abc"
EVENT: dict[str, Any] = {
    "RequestType": "Update",
    "ResponseURL": URL,
    "StackId": "arn:stack",
    "RequestId": "11111111-2222-3333-4444-555555555555",
    "ResourceType": "Custom::SwiftCacheInstance",
    "LogicalResourceId": "Cache",
    "PhysicalResourceId": "inst_a1",
    "ResourceProperties": {"ServiceToken": f"{FUNCTION}:org_1", "Name": "new"},
    "OldResourceProperties": {"Name": "old"},
}


@pytest.mark.parametrize(
    ("arn", "organization"),
    [(f"{FUNCTION}:org_1", "org_1"), (FUNCTION, ""), (f"{FUNCTION}:$LATEST", ""), (f"{FUNCTION}:7", "")],
)
def test_the_organization_is_the_alias_that_the_caller_was_let_to(arn: str, organization: str) -> None:
    assert organization_of(arn) == organization


def test_the_organization_is_never_what_the_properties_say() -> None:
    properties = {"ServiceToken": f"{FUNCTION}:org_2", "OrganizationId": "org_2"}
    assert (
        declaration_of_event(EVENT | {"ResourceProperties": properties}, f"{FUNCTION}:org_1").organization_id == "org_1"
    )


def test_a_declaration_comes_out_of_an_execution_as_it_went_in() -> None:
    declaration = declaration_of_event(EVENT, f"{FUNCTION}:org_1")
    given = json.loads(json.dumps(execution_input(declaration, (b"\x00\xff", b"2"), 3600)))
    assert (declaration_of(given), answer_to_of(given)) == (declaration, (b"\x00\xff", b"2"))
    assert (declaration.kind, declaration.physical_id) == (Kind.UPDATE, "inst_a1")


def test_progress_comes_back_as_it_was_answered() -> None:
    progress = Progress(True, "inst_a1", True, True, "chg_1", ("Name: x",), {"Host": "h"})
    assert progress_of(json.loads(json.dumps(progress_output(progress)))) == progress
    assert progress_of({}) == Progress()


@pytest.mark.parametrize(
    ("given", "seconds"), [({}, 3600), ({"ServiceTimeout": "600"}, 600), ({"ServiceTimeout": 600}, 600)]
)
def test_it_takes_no_longer_than_cloudformation_waits(given: dict[str, Any], seconds: int) -> None:
    assert seconds_of({"ResourceProperties": given}) == seconds


def test_a_request_id_that_could_not_be_an_executions_name_is_refused() -> None:
    with pytest.raises(DeclarationRefused, match="INVALID_REQUEST"):
        declaration_of_event(EVENT | {"RequestId": "a/b"}, FUNCTION)


class Machine:
    def __init__(self) -> None:
        self.started: dict[str, Any] = {}

    def start_execution(self, **given: Any) -> None:
        self.started = given


class Reversing:
    """A seal that anybody can open."""

    def seal(self, content: bytes, about: dict[str, str]) -> tuple[bytes, ...]:
        assert about == {"purpose": "declaration", "requestId": EVENT["RequestId"]}
        return (content[::-1],)


def test_the_address_to_answer_to_is_sealed_before_it_crosses_a_state() -> None:
    client: Any = Machine()
    starter = StepFunctionsDeclarationStarter(client, "arn:machine", Reversing())
    starter.start(declaration_of_event(EVENT, f"{FUNCTION}:org_1"), URL, 3600)
    assert client.started["name"] == f"org_1-{EVENT['RequestId']}"
    assert "amazonaws.com/x" not in client.started["input"]
    assert "Signature" not in client.started["input"]
