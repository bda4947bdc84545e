"""CloudFormation, as far as a stack with a custom resource needs it: the order of requests, answers, rollback.

moto knows custom resources only at their creation. A stack's function is not deployed: who uses this calls its handler.
"""

import importlib.util
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import template as templates
from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.receiver import Receiver

SECONDS = 120
CUSTOM = "Custom::SwiftCacheInstance"


def loaded(file: Path) -> Any:
    """A function's module, in a new process of it, so to say."""
    spec = importlib.util.spec_from_file_location(file.parent.name, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def let(stack: Stack, api: Api) -> Iterator[str]:
    """The organization, once its operator has let stacks declare its instances, as docs/declaring.md says."""
    function = stack.outputs()["DeclareInstanceFunctionArn"]
    secret = f"swiftcache/declaring/{api.organization_id}"
    stack.aws("secretsmanager").create_secret(Name=secret, SecretString=api.token)
    stack.aws("lambda").create_alias(FunctionName=function, Name=api.organization_id, FunctionVersion="$LATEST")
    yield api.organization_id
    stack.aws("lambda").delete_alias(FunctionName=function, Name=api.organization_id)
    stack.aws("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


class StackFailed(Exception):
    """The operation failed, and the stack is as before; the message is the resource's reason."""


class ConsumerStack:
    """A stack of the template in `file`, whose one custom resource is answered for at `receiver`."""

    def __init__(self, file: Path, name: str, stack: Stack, receiver: Receiver) -> None:
        self._template = templates.read(file).expanded
        self._name = name
        self._stack = stack
        self._receiver = receiver
        [self._logical_id] = [key for key, found in self._template["Resources"].items() if found["Type"] == CUSTOM]
        self._parameters: dict[str, str] = {}
        self._properties: dict[str, Any] = {}
        self.physical_id = ""
        self.attributes: dict[str, str] = {}
        self.requests: list[str] = []
        """What was asked of the resource, as `Create`, `Update inst_…`."""

    def create(self, **parameters: str) -> None:
        """Raises StackFailed, after whatever was made is deleted."""
        wanted = self._resolved_properties(parameters)
        answer = self._ask("Create", wanted, "", {})
        self.physical_id = answer["PhysicalResourceId"]
        if answer["Status"] == "FAILED":
            self._ask("Delete", wanted, self.physical_id, {})
            raise StackFailed(answer["Reason"])
        self._has(answer, parameters, wanted)

    def update(self, **parameters: str) -> None:
        """With these parameters, the others as before. Raises StackFailed, after the resource is as before."""
        given = self._parameters | parameters
        wanted, before, old_id = self._resolved_properties(given), self._properties, self.physical_id
        if wanted == before:
            return
        answer = self._ask("Update", wanted, old_id, before)
        new_id = answer["PhysicalResourceId"]
        if answer["Status"] == "FAILED":
            self._ask("Update", before, new_id, wanted)
            raise StackFailed(answer["Reason"])
        self._has(answer, given, wanted)
        if new_id != old_id:
            # Cleaning up, once all else has been updated.
            assert self._ask("Delete", before, old_id, {})["Status"] == "SUCCESS"

    def delete(self) -> None:
        """Raises StackFailed."""
        answer = self._ask("Delete", self._properties, self.physical_id, {})
        if answer["Status"] == "FAILED":
            raise StackFailed(answer["Reason"])

    @property
    def outputs(self) -> dict[str, Any]:
        found = self._template["Outputs"].items()
        return {name: self._resolve(output["Value"], self._parameters) for name, output in found}

    @property
    def resources(self) -> dict[str, Any]:
        """Of every one, what `resource` gives."""
        return {name: self.resource(name) for name in self._template["Resources"]}

    def resource(self, logical_id: str) -> Any:
        """The properties of a resource; references to parameters and to the custom resource are resolved."""
        return self._resolve(self._template["Resources"][logical_id]["Properties"], self._parameters)

    def _has(self, answer: dict[str, Any], parameters: Mapping[str, str], properties: dict[str, Any]) -> None:
        self.physical_id, self.attributes = answer["PhysicalResourceId"], answer["Data"]
        self._parameters, self._properties = dict(parameters), properties

    def _ask(self, kind: str, wanted: dict[str, Any], physical_id: str, old: dict[str, Any]) -> dict[str, Any]:
        request_id = str(uuid.uuid4())
        event = {
            "RequestType": kind,
            "ResponseURL": self._receiver.url.replace("/hook", f"/{request_id}?X-Amz-Signature=signed"),
            "StackId": f"arn:aws:cloudformation:eu-central-1:123456789012:stack/{self._name}/1",
            "RequestId": request_id,
            "ResourceType": CUSTOM,
            "LogicalResourceId": self._logical_id,
            "ResourceProperties": wanted,
        }
        if physical_id:
            event["PhysicalResourceId"] = physical_id
        if kind == "Update":
            event["OldResourceProperties"] = old
        self.requests.append(f"{kind} {physical_id}".strip())
        lambdas = self._stack.aws("lambda")
        lambdas.invoke(FunctionName=wanted["ServiceToken"], InvocationType="Event", Payload=json.dumps(event).encode())
        with self._receiver.heard:
            answered = self._receiver.heard.wait_for(lambda: self._answers(request_id), SECONDS)
        assert answered, f"no answer to {event} after {SECONDS} s"
        body = self._answers(request_id)[0]
        assert len(body) <= 4096
        answer: dict[str, Any] = json.loads(body)
        assert {name: answer[name] for name in ("StackId", "RequestId", "LogicalResourceId")} == {
            name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")
        }
        return answer

    def _answers(self, request_id: str) -> list[bytes]:
        return [found.body for found in self._receiver.messages if found.path.startswith(f"/{request_id}?")]

    def _resolved_properties(self, given: Mapping[str, str]) -> dict[str, Any]:
        properties = self._template["Resources"][self._logical_id]["Properties"]
        resolved: dict[str, Any] = _as_strings(self._resolve(properties, given))
        return resolved

    def _resolve(self, value: Any, given: Mapping[str, str]) -> Any:
        match value:
            case {"Ref": str(name)}:
                return self._named(name, given)
            case {"Fn::GetAtt": [str(name), str(attribute)]} if name == self._logical_id:
                return self.attributes[attribute]
            case {"Fn::ImportValue": name}:
                return self._exports()[self._resolve(name, given)]
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(str(self._resolve(part, given)) for part in parts)
            case {"Fn::Sub": [str(text), dict(names)]}:
                inner = {name: self._resolve(found, given) for name, found in names.items()}
                return re.sub(
                    r"\$\{([\w:]+)\}", lambda found: inner.get(found[1]) or self._named(found[1], given), text
                )
            case {"Fn::Sub": str(text)}:
                return self._resolve({"Fn::Sub": [text, {}]}, given)
            case dict():
                return {key: self._resolve(found, given) for key, found in value.items()}
            case list():
                return [self._resolve(found, given) for found in value]
        return value

    def _named(self, name: str, given: Mapping[str, str]) -> str:
        known = {"AWS::StackName": self._name, "AWS::Region": "eu-central-1", "AWS::Partition": "aws"}
        if name in known:
            return known[name]
        if name in self._template["Resources"]:
            return self.physical_id if name == self._logical_id else name
        return str(given[name] if name in given else self._template["Parameters"][name]["Default"])

    def _exports(self) -> dict[str, str]:
        found = self._stack.aws("cloudformation").list_exports()["Exports"]
        return {export["Name"]: export["Value"] for export in found}


def _as_strings(value: Any) -> Any:
    """CloudFormation sends every scalar as a string."""
    match value:
        case dict():
            return {key: _as_strings(found) for key, found in value.items()}
        case list():
            return [_as_strings(found) for found in value]
        case bool():
            return str(value).lower()
    return str(value)
