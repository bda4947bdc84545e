"""AWS SDK integrations: `arn:aws:states:::aws-sdk:<service>:<action>` as a boto3 call, of any service.

Step Functions names members, services and errors as the AWS SDK for Java does.
The rules are sfnx's, the models botocore's.
"""

import json
from collections.abc import Callable, Mapping, Set
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from sfnx.integrations import (
    JAVA_RENAMED_ERRORS,
    find_operation,
    java_exception_name,
    java_service_name,
    sdk_member,
    sdk_service,
)
from sfnx.testing import Failure

PREFIX = "arn:aws:states:::aws-sdk:"


def call(client: Callable[[str], Any], resource: str, arguments: Mapping[str, object]) -> object:
    """Make the call that a resource names and return its result.

    Raises Failure: `<Service>.<Name>Exception` for an error of the service, States.Runtime for arguments that
    the service does not have, lacks or cannot read.
    """
    model, operation = operation_of(resource)
    parameters = _request(operation.input_shape, arguments) if operation.input_shape else {}
    method = getattr(client(model.service_name), xform_name(operation.name))
    try:
        response = method(**parameters)
    except ClientError as error:
        raise _failure(model, error) from error
    except ParamValidationError as error:
        raise Failure("States.Runtime", str(error)) from error
    response.pop("ResponseMetadata", None)
    return _response(operation.output_shape, response) if operation.output_shape else {}


def expect(arguments: Mapping[str, object], required: Set[str], allowed: Set[str]) -> None:
    """Raises Failure States.Runtime for a field that is missing or unknown, as Step Functions does."""
    wrong = [f'The field "{name}" is required but was missing' for name in sorted(required - set(arguments))]
    wrong += [f'The field "{name}" is not supported by Step Functions' for name in sorted(set(arguments) - allowed)]
    if wrong:
        given = json.dumps(arguments)
        raise Failure(
            "States.Runtime",
            f"The Parameters '{given}' could not be used to start the Task: [{'; '.join(wrong)}]",
        )


@cache
def operation_of(resource: str) -> tuple[ServiceModel, OperationModel]:
    """The service and its operation that a resource names. Raises ResourceError."""
    service, _, action = resource.removeprefix(PREFIX).partition(":")
    model = sdk_service(service, f"{PREFIX}{{}}:{action}")
    return model, find_operation(service, model, action)


def _request(shape: Shape, value: Any) -> Any:
    """Arguments in the spelling of Step Functions as boto3's parameters."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if shape.is_document_type:
            return value
        members = {sdk_member(name): name for name in shape.members}
        expect(value, {sdk_member(name) for name in shape.required_members}, members.keys())
        return {members[name]: _request(shape.members[members[name]], item) for name, item in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_request(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _request(shape.value, item) for key, item in value.items()}
    return value


def _response(shape: Shape, value: Any) -> object:
    """boto3's result in the spelling of Step Functions, as JSON."""
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        return {sdk_member(name): _response(shape.members[name], item) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [_response(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _response(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    return value.decode() if isinstance(value, bytes) else value


def _failure(model: ServiceModel, error: ClientError) -> Failure:
    prefix = java_service_name(model.service_id)
    about = error.response["ResponseMetadata"]
    cause = (
        f"{error.response['Error']['Message']} (Service: {prefix}, Status Code: {about['HTTPStatusCode']},"
        f" Request ID: {about.get('RequestId', '')})"
    )
    return Failure(error_name(model, error.response["Error"]["Code"]), cause)


def error_name(model: ServiceModel, code: str) -> str:
    """A service's error as Step Functions names it, after the SDK for Java.

    One that the model does not list is the service's own: `Ecs.EcsException`.
    """
    prefix = java_service_name(model.service_id)
    name = f"{prefix}Exception"
    for shape in model.error_shapes:
        if isinstance(shape, StructureShape) and shape.error_code == code:
            renamed = JAVA_RENAMED_ERRORS.get(model.service_name, {})
            name = java_exception_name(renamed.get(shape.name, shape.name), prefix)
    return f"{prefix}.{name}"
