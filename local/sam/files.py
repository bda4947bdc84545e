"""The files that SAM reads: a template of functions, their environment, its own settings, and events for this stack.

The template has what of template.yaml matters in a container. An environment variable that it does not name SAM would
not pass on, so it names all, and their values are in the other file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.lambda_host import Deployed
from local.sam.libraries import REQUIREMENTS, layer
from local.sam.obstacles import obstacle
from local.template import REGION, Function, Json, Template

_TAKEN_OVER = ("Runtime", "Architectures", "Handler", "MemorySize", "Timeout")

_ORGANIZATION = re.compile(r"\borg_123\b")
_KEY = re.compile(r"\bsk_live_0{32}\b")


@dataclass(frozen=True, slots=True)
class Running:
    """What a stack tells: where a container reaches its substitutes, and the organization that was made in it."""

    endpoint_url: str
    organization_id: str
    token: str


def write(
    folder: Path, template: Template, functions: Mapping[str, Deployed], running: Running, events: Path, kept: Path
) -> None:
    """Writes all into `folder`, which only its owner may enter. Libraries are installed into `kept`, once.

    Raises StartupError if they cannot be.
    """
    folder.mkdir(mode=0o700)
    invocable = {name: function for name, function in functions.items() if obstacle(template, name) is None}
    environments = {name: _environment(function, running) for name, function in invocable.items()}
    template_file, environment_file = folder / "template.json", folder / "env.json"
    template_file.write_text(json.dumps(_template(template, environments, kept), indent=2) + "\n")
    environment_file.write_text(json.dumps(environments, indent=2) + "\n")
    (folder / "samconfig.toml").write_text(_settings(template_file, environment_file, folder / "layers"))
    (folder / "events").mkdir()
    for event in events.glob("*.json"):
        (folder / "events" / event.name).write_text(given(event.read_text(), running))


def given(event: str, running: Running) -> str:
    """A sample of `events/` as somebody of the stack's own organization would have sent it."""
    return _KEY.sub(running.token, _ORGANIZATION.sub(running.organization_id, event))


def _environment(function: Deployed, running: Running) -> dict[str, str]:
    """Credentials too: else SAM would hand on those of the person who calls it, and another region to who has none."""
    return {
        **function.environment,
        "AWS_ENDPOINT_URL": running.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
    }


def _template(template: Template, environments: Mapping[str, Mapping[str, str]], kept: Path) -> Json:
    layers: Json = {}
    resources: Json = {}
    for name, environment in environments.items():
        properties = template.resources[name]["Properties"]
        taken = {key: properties[key] for key in _TAKEN_OVER if key in properties}
        made = dict(_layers(template.functions[name], taken["Runtime"], taken["Architectures"][0], kept))
        layers |= made
        resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                **taken,
                "CodeUri": str(template.functions[name].folder),
                "Layers": [{"Ref": each} for each in made],
                "Environment": {"Variables": dict.fromkeys(environment, "")},
            },
        }
    reasons = {name: reason for name in template.functions if (reason := obstacle(template, name))}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "The functions of the local stack that a container can run; made by make run",
        "Metadata": {"LeftOut": reasons},
        "Resources": {**layers, **resources},
    }


def _layers(function: Function, runtime: str, architecture: str, kept: Path) -> Iterator[tuple[str, Json]]:
    """What `sam build` makes: the layers, and what the function requires beside them."""
    for folder in function.layers:
        packages = [each for each in folder.iterdir() if (each / "__init__.py").exists()]
        yield _resource(layer(kept, folder, runtime, architecture, packages), runtime)
    if (function.folder / REQUIREMENTS).exists():
        yield _resource(layer(kept, function.folder, runtime, architecture), runtime)


def _resource(folder: Path, runtime: str) -> tuple[str, Json]:
    words = folder.name.partition("-")[0].split("_")
    properties = {"ContentUri": str(folder), "CompatibleRuntimes": [runtime]}
    return "".join(map(str.title, words)) + "Layer", {"Type": "AWS::Serverless::LayerVersion", "Properties": properties}


def _settings(template: Path, environment: Path, layers: Path) -> str:
    """An image that is there is taken as it is: nothing is asked of a registry."""
    settings = {
        "template_file": str(template),
        "env_vars": str(environment),
        "layer_cache_basedir": str(layers),
        "skip_pull_image": True,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(["version = 0.1", "", "[default.local_invoke.parameters]", *lines, ""])
