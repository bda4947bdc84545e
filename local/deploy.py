"""Deploys template.yaml into the AWS substitutes, as CloudFormation does, and says what came of it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from local.aws.volumes import Volumes
from local.errors import StartupError
from local.lambda_host import Deployed
from local.rules import complaints
from local.template import Json, Template

STACK = "swiftcache"

LEFT_OUT = frozenset(
    {
        "AWS::ApiGatewayV2::Api",  # local/gateway.py reads the routes from the template
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",  # nobody watches
        "AWS::CodeDeploy::Application",  # there is one version of the API, and it has all requests
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::EC2::SecurityGroupEgress",  # what goes out is not filtered
        "AWS::Lambda::Alias",  # a reference to an alias becomes one to its function
        "AWS::Lambda::EventInvokeConfig",  # local/aws/deliveries.py has limits of its own
        "AWS::Lambda::Permission",  # the substitutes may call any function
        "AWS::Lambda::Version",
        "AWS::Logs::MetricFilter",  # no alarm watches its metric
        "AWS::S3::BucketPolicy",  # all that it refuses is a connection without TLS, and there is none with it
        "AWS::SecretsManager::Secret",  # our account with a certificate authority, of which no local stack has one
        "AWS::SQS::QueuePolicy",  # the substitutes may send to any queue
    }
)
"""What moto cannot create, with what takes its place. Anything else that it does not know is an error."""

Client = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its functions by logical id, and its outputs."""

    functions: dict[str, Deployed]
    outputs: dict[str, str]


def deploy(template: Template, client: Client, parameters: Mapping[str, str], volumes: Volumes) -> Stack:
    """Creates the stack with these parameters; the rest keep their defaults. What functions mount is in `volumes`.

    Raises StartupError if the substitutes refuse the template or do not know a type of resource,
    or if it takes another parameter than those given, lacks one of them, does not allow what one is, or has a rule
    against what they are together.
    """
    _check_parameters(template, parameters)
    cloudformation = client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(for_moto(template)),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except (ClientError, ResponseParserError) as error:
        raise StartupError(f"template.yaml cannot be deployed: {error}") from error
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    names = {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId")
        for resource in resources
        if "LogicalResourceId" in resource  # moto lists those whose condition does not hold, and says nothing of them
    }
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return Stack(_functions(template, names, client("lambda"), volumes), outputs)


def for_moto(template: Template) -> Json:
    """The expanded template without what moto cannot create. Raises StartupError for an unknown type."""
    resources = template.resources
    left_out = {name for name, found in resources.items() if found["Type"] in LEFT_OUT}
    kept = {name: found for name, found in resources.items() if name not in left_out}
    _check_types(kept)
    rewrite = _Rewriter(resources, left_out)
    made = dict(template.expanded)
    made["Resources"] = {name: _as_moto_wants(rewrite(found)) for name, found in kept.items()}
    made["Outputs"] = {
        name: rewrite(output)
        for name, output in template.expanded.get("Outputs", {}).items()
        if left_out.isdisjoint(re.findall(r"\w+", json.dumps(output["Value"])))
    }
    return made


def _check_parameters(template: Template, given: Mapping[str, str]) -> None:
    required = {name for name, parameter in template.parameters.items() if "Default" not in parameter}
    if missing := sorted(required - set(given)):
        raise StartupError(f"template.yaml has parameters that the local stack does not set: {', '.join(missing)}")
    for name, value in given.items():
        rules = template.parameters.get(name, {})
        if not re.fullmatch(rules.get("AllowedPattern", ".*"), value):
            raise StartupError(f"{name}={value} is not allowed; wanted is {rules.get('ConstraintDescription')}")
    if unknown := sorted(set(given) - set(template.parameters)):
        raise StartupError(f"the local stack sets parameters that template.yaml lacks: {', '.join(unknown)}")
    if refused := list(complaints(template, given)):
        raise StartupError(f"these parameters do not go together: {'; '.join(refused)}")


def _check_types(resources: Mapping[str, Json]) -> None:
    from moto.cloudformation.parsing import get_model_map

    known = get_model_map()
    unknown = {name: found["Type"] for name, found in resources.items() if found["Type"] not in known}
    if unknown:
        described = ", ".join(f"{name} ({kind})" for name, kind in unknown.items())
        raise StartupError(
            f"the AWS substitutes cannot create {described}; extend them in local/aws, or add the "
            "type to LEFT_OUT in local/deploy.py"
        )


class _Rewriter:
    """Replaces references that moto cannot follow."""

    def __init__(self, resources: Mapping[str, Json], left_out: set[str]) -> None:
        self._left_out = left_out
        self._attributes = {
            name: attribute for name, found in resources.items() if (attribute := _attribute_for_ref(name, found))
        }

    def __call__(self, value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if name in self._attributes:
                return {"Fn::GetAtt": list(self._attributes[name])}
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]} if name in self._left_out:
                return name
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": re.sub(r"\$\{(\w+)(\.\w+)?\}", self._substitute, text)}
            case dict():
                made = {key: self(item) for key, item in value.items() if key != "DependsOn"}
                if depends_on := self._kept(value.get("DependsOn", [])):
                    made["DependsOn"] = depends_on
                return made
            case list():
                return [self(item) for item in value]
        return value

    def _substitute(self, match: re.Match[str]) -> str:
        name, attribute = match.groups()
        if attribute is None and name in self._attributes:
            return "${" + ".".join(self._attributes[name]) + "}"
        return name if name in self._left_out else match[0]

    def _kept(self, names: str | list[Any]) -> list[Any]:
        names = [names] if isinstance(names, str) else names
        # A container's is of another kind: of objects.
        return [name for name in names if isinstance(name, dict) or name not in self._left_out]


def _attribute_for_ref(name: str, resource: Json) -> tuple[str, str] | None:
    """The attribute of a resource that `Ref` stands for, where moto does not know it."""
    match resource["Type"]:
        case "AWS::Lambda::Alias" | "AWS::Lambda::Version":
            return resource["Properties"]["FunctionName"]["Ref"], "Arn"
        case "AWS::Events::EventBus":
            return name, "Name"
    return None


def _as_moto_wants(resource: Json) -> Json:
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::Lambda::Function":
            changed = {"Code": {"ZipFile": ""}}  # it runs from its folder, but moto wants some code
        case "AWS::Lambda::LayerVersion":
            changed = {"Content": {"ZipFile": ""}}
        case _:
            return resource
    return {**resource, "Properties": {**properties, **changed}}


def _functions(template: Template, names: Mapping[str, str], client: Any, volumes: Volumes) -> dict[str, Deployed]:
    deployed = {}
    for logical_id, function in template.functions.items():
        configuration = client.get_function_configuration(FunctionName=names[logical_id])
        # A parameter that is a number comes as one; CloudFormation makes text of it.
        given = {name: str(value) for name, value in configuration.get("Environment", {}).get("Variables", {}).items()}
        variables = volumes.translate(given, function.mounts)
        network = configuration.get("VpcConfig", {})
        deployed[logical_id] = Deployed(
            function,
            configuration["FunctionName"],
            variables,
            tuple(network.get("SubnetIds", [])),
            tuple(network.get("SecurityGroupIds", [])),
        )
    return deployed
