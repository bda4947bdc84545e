"""Sending task tokens back to Step Functions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_OVER = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})
_SERVICE = "the workflow service"

MOST_OF_A_CAUSE = 32_768
"""Characters that SendTaskFailure takes."""


class StepFunctionsTaskTokens:
    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except ClientError as error:
            if code_of(error) not in _OVER:
                raise

    def fail(self, token: str, error: str, cause: str) -> None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.send_task_failure(taskToken=token, error=error, cause=cause[:MOST_OF_A_CAUSE])
        except ClientError as refused:
            if code_of(refused) not in _OVER:
                raise
