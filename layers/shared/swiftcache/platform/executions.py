"""Starting a state machine.

A name is given away once: Step Functions answers ExecutionAlreadyExists for it, also after the execution ended (for
90 days). That makes starting the same work again harmless, whoever does it and why.
"""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


def start_execution(client: "SFNClient", machine: str, name: str, execution_input: dict[str, object]) -> None:
    """Does nothing if there was one of this name. `machine` is its ARN. Raises DependencyUnavailable."""
    try:
        with passing_errors_as_unavailable("the workflow service"):
            client.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(execution_input, sort_keys=True)
            )
    except ClientError as error:
        if code_of(error) != "ExecutionAlreadyExists":
            raise
