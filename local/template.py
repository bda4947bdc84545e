"""Reads template.yaml: what to run locally comes from the template that AWS deploys, and from nothing else.

SAM's own translator expands it, offline. Local folders travel through the expansion as the keys of a
made-up bucket, and each state machine's file is put in its place, as `sam package` does.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from local import asl
from local.errors import StartupError

ACCOUNT = "123456789012"
REGION = "eu-central-1"
BUCKET = "swiftcache-local-code"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function: where its code is, and its limits (seconds, megabytes)."""

    logical_id: str
    folder: Path
    handler: str
    layers: tuple[Path, ...]
    timeout: int
    memory: int
    reserved: int | None
    mounts: dict[str, str] = field(default_factory=dict)
    """The path of the access point that is mounted at each path."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the HTTP API. `method` is `ANY` or a verb; `path` may be `$default`."""

    method: str
    path: str
    function: str


class Template:
    """An expanded template, with what the local stack needs to know of it."""

    def __init__(self, expanded: Json, root: Path) -> None:
        self.expanded = expanded
        self.resources: dict[str, Json] = expanded["Resources"]
        self._root = root

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Every function by its logical id."""
        return {name: self._function(name, found) for name, found in self._of_type("AWS::Lambda::Function")}

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every route of every HTTP API."""
        return tuple(
            Route(_method(method), path, self._target(call))
            for _, api in self._of_type("AWS::ApiGatewayV2::Api")
            for path, methods in api["Properties"]["Body"]["paths"].items()
            for method, operation in methods.items()
            if (call := operation.get("x-amazon-apigateway-integration"))
        )

    @property
    def cors(self) -> Json | None:
        """The HTTP API's CORS configuration, as written."""
        [(_, api)] = self._of_type("AWS::ApiGatewayV2::Api")
        return cast(Json | None, api["Properties"]["Body"].get("x-amazon-apigateway-cors"))

    @property
    def parameters(self) -> dict[str, Json]:
        """The template's parameters, as written."""
        return cast(dict[str, Json], self.expanded.get("Parameters", {}))

    def _of_type(self, resource_type: str) -> list[tuple[str, Json]]:
        return [(name, found) for name, found in self.resources.items() if found["Type"] == resource_type]

    def _function(self, logical_id: str, resource: Json) -> Function:
        properties = resource["Properties"]
        reserved = properties.get("ReservedConcurrentExecutions")
        return Function(
            logical_id=logical_id,
            folder=self._folder(properties["Code"]),
            handler=properties["Handler"],
            layers=tuple(
                self._folder(self.resources[layer["Ref"]]["Properties"]["Content"])
                for layer in properties.get("Layers", [])
                if isinstance(layer, dict)
            ),
            timeout=int(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            reserved=reserved if isinstance(reserved, int) else None,  # a parameter's number is for AWS alone
            mounts={
                mounted["LocalMountPath"]: self._path(mounted["Arn"])
                for mounted in properties.get("FileSystemConfigs", [])
            },
        )

    def _path(self, access_point: Json) -> str:
        """The root folder of the access point whose ARN is asked for."""
        name, _ = access_point["Fn::GetAtt"]
        return str(self.resources[name]["Properties"]["RootDirectory"]["Path"])

    def _folder(self, code: Json) -> Path:
        return self._root / str(code["S3Key"])

    def _target(self, reference: Any) -> str:
        """The logical id that an ARN expression names; an alias stands for its function."""
        text = json.dumps(reference)
        for name in re.findall(r"[A-Za-z0-9]+", text):
            found = self.resources.get(name)
            if found is None:
                continue
            if found["Type"] == "AWS::Lambda::Alias":
                return cast(str, found["Properties"]["FunctionName"]["Ref"])
            return str(name)
        raise StartupError(f"template.yaml: no resource of the template is named in {text}")


def read(path: Path) -> Template:
    """Expands the template in this process. Raises StartupError if it is wrong."""
    return Template(_expand(path), path.resolve().parent)


def read_beside(path: Path) -> Template:
    """Does what `read` does, in a process of its own: the translator's imports alone would take us a second."""
    done = subprocess.run(
        [sys.executable, "-m", "local.template", str(path.resolve())],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StartupError(done.stderr.strip())
    return Template(json.loads(done.stdout), path.resolve().parent)


def _method(name: str) -> str:
    return "ANY" if name == "x-amazon-apigateway-any-method" else name.upper()


def _expand(path: Path) -> Json:
    # Imported here: `read_beside` is for those who do not want to pay for it.
    import boto3
    import yaml
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import intrinsics_multi_constructor

    class Loader(yaml.CSafeLoader):
        """The translator's own, but for the parser: the one in Python takes seven times as long."""

    Loader.add_multi_constructor("!", intrinsics_multi_constructor)
    try:
        template = Loader(path.read_text()).get_single_data()
    except (OSError, yaml.YAMLError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from error
    resources = template["Resources"].values()
    for properties in [resource.get("Properties", {}) for resource in resources] + _globals(template):
        for key in ("CodeUri", "ContentUri"):
            if isinstance(properties.get(key), str):
                properties[key] = {"Bucket": BUCKET, "Key": properties[key]}
        if definition := properties.pop("DefinitionUri", None):
            properties["Definition"] = _machine(path.parent / definition)
    defaults = {
        name: parameter["Default"]
        for name, parameter in template.get("Parameters", {}).items()
        if "Default" in parameter
    }
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name=REGION))
    try:
        return cast(Json, translator.translate(template, defaults))
    except InvalidDocumentException as error:
        raise StartupError(f"{path} is wrong: {'; '.join(cause.message for cause in error.causes)}") from error


def _machine(file: Path) -> asl.Definition:
    import yaml

    try:
        return asl.read(file)
    except (OSError, yaml.YAMLError) as error:
        raise StartupError(f"{file} cannot be read: {error}") from error


def _globals(template: Json) -> list[Json]:
    return list(template.get("Globals", {}).values())


if __name__ == "__main__":
    try:
        json.dump(_expand(Path(sys.argv[1])), sys.stdout)
    except StartupError as reason:
        sys.exit(str(reason))
