"""What CloudFormation hears: within 4 KB, with the first error's words, and an id whose deletion does no harm."""

import json
from typing import Any

import pytest

from swiftcache.declarations.answer import MAX_BYTES, failure, reason_of, success
from swiftcache.declarations.model import Declaration, Kind, Progress


def a_declaration(kind: Kind = Kind.CREATE, physical_id: str = "") -> Declaration:
    return Declaration(kind, "org_1", "request-1", "arn:stack", "Cache", physical_id, {})


def test_a_success_names_the_instance_and_what_the_stack_may_ask_for() -> None:
    attributes = {"Host": "a.example.com", "SecretArn": "arn:secret"}
    assert json.loads(success(a_declaration(), Progress(True, "inst_a1", attributes=attributes))) == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "inst_a1",
        "StackId": "arn:stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Cache",
        "Reason": "",
        "Data": attributes,
    }


def test_a_deletion_is_answered_with_the_id_that_it_came_with() -> None:
    answer = json.loads(success(a_declaration(Kind.DELETE, "not-created-request-0"), Progress(True)))
    assert answer["PhysicalResourceId"] == "not-created-request-0"


@pytest.mark.parametrize(
    ("kind", "physical_id", "answered"),
    [(Kind.CREATE, "", "not-created-request-1"), (Kind.UPDATE, "inst_a1", "inst_a1"), (Kind.DELETE, "x", "x")],
)
def test_a_failure_leaves_nothing_to_delete_that_was_not_there(kind: Kind, physical_id: str, answered: str) -> None:
    answer = json.loads(failure(a_declaration(kind, physical_id), "why"))
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Reason"]) == ("FAILED", answered, "why")


@pytest.mark.parametrize("text", ["x" * 9000, "\u00e9" * 9000, '"\\' * 5000])
def test_an_answer_is_cut_to_what_cloudformation_takes(text: str) -> None:
    drifted = Progress(True, "inst_a1", attributes={"Drift": text, "SecretArn": "arn:secret"})
    for answer in (failure(a_declaration(), text), success(a_declaration(), drifted)):
        assert 1000 < len(answer) <= MAX_BYTES
        assert json.loads(answer)["Data"].get("SecretArn", "arn:secret") == "arn:secret"


def failed(error: str, cause: object) -> dict[str, Any]:
    return {"Error": error, "Cause": cause if isinstance(cause, str) else json.dumps(cause), "Step": "ApplyDeclaration"}


def test_the_reason_is_what_the_function_said() -> None:
    told = failed("DeclarationRefused", {"errorMessage": "LIMIT_EXCEEDED: 5 of 5", "errorType": "DeclarationRefused"})
    assert reason_of(told, "request-1", "") == "LIMIT_EXCEEDED: 5 of 5 (request request-1)"


def test_the_reason_of_a_time_out_is_the_machines() -> None:
    assert reason_of(failed("DeclarationTimedOut", "it took long"), "r", "") == "it took long (request r)"


def test_errors_that_are_not_ours_are_told_by_their_names_alone() -> None:
    told = reason_of(failed("ClientError", {"errorMessage": "role arn:aws:iam::1:role/x may not"}), "r", "")
    assert told == "ClientError: tell the operator the request id (request r)"


def test_what_could_not_be_removed_is_named() -> None:
    told = reason_of(failed("DeclarationTimedOut", "it took long"), "r", "inst_a1")
    assert told == "it took long. inst_a1 could not be removed: delete it yourself (request r)"
