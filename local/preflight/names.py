"""The names that the template gives, in an account and region where somebody may have them already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, code
from local.preflight.lines import Line, fail, ok
from local.preflight.plan import Plan


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource with names of ours: `named` is the property, `remove` the command for what has the name.

    `key` is how AWS is asked for it: by the name itself, unless it wants an ARN.
    """

    type: str
    named: str
    subject: str
    is_taken: Callable[[Clients, str], bool]
    remove: str
    key: Callable[[Plan, str], str] = lambda _, name: name


def _cluster(clients: Clients, name: str) -> bool:
    found = ask(clients("ecs"), "describe_clusters", clusters=[name])["clusters"]
    return any(cluster["status"] != "INACTIVE" for cluster in found)


def _bus(clients: Clients, name: str) -> bool:
    return _exists(clients("events"), "describe_event_bus", "ResourceNotFoundException", Name=name)


def _alias(clients: Clients, name: str) -> bool:
    return _exists(clients("kms"), "describe_key", "NotFoundException", KeyId=name)


def _group(clients: Clients, name: str) -> bool:
    found = ask(clients("logs"), "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in found)


def _machine(clients: Clients, arn: str) -> bool:
    return _exists(clients("stepfunctions"), "describe_state_machine", "StateMachineDoesNotExist", stateMachineArn=arn)


def _machine_arn(plan: Plan, name: str) -> str:
    return f"arn:{plan.partition}:states:{plan.region}:{plan.account}:stateMachine:{name}"


KINDS = (
    Kind("AWS::ECS::Cluster", "ClusterName", "cluster", _cluster, "aws ecs delete-cluster --cluster {}"),
    Kind("AWS::Events::EventBus", "Name", "event bus", _bus, "aws events delete-event-bus --name {}"),
    Kind("AWS::KMS::Alias", "AliasName", "key aliases", _alias, "aws kms delete-alias --alias-name {}"),
    Kind("AWS::Logs::LogGroup", "LogGroupName", "log groups", _group, "aws logs delete-log-group --log-group-name {}"),
    Kind(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        "state machines",
        _machine,
        "aws stepfunctions delete-state-machine --state-machine-arn {}",
        _machine_arn,
    ),
)


def names(clients: Clients, plan: Plan, kind: Kind) -> Iterator[Line]:
    """Whether a new stack may take them. What an update keeps is its own."""
    if plan.is_update:
        yield ok(kind.subject, f"of the stack {plan.stack} itself")
        return
    wanted = _wanted(plan, kind)
    taken = [name for name in wanted if kind.is_taken(clients, kind.key(plan, name))]
    for name in taken:
        yield fail(
            kind.subject,
            f"there is a {name} already, of something else or left by an earlier stack",
            "Choose another StackName, or look what it is, and remove it if nobody needs it:",
            kind.remove.format(kind.key(plan, name)),
        )
    if not taken:
        yield ok(kind.subject, f"nobody has {', '.join(wanted)}")


def _wanted(plan: Plan, kind: Kind) -> list[str]:
    given = [
        resource["Properties"][kind.named]
        for resource in plan.template.resources.values()
        if resource["Type"] == kind.type and kind.named in resource.get("Properties", {})
    ]
    return [_written_out(plan, name) for name in given]


def _written_out(plan: Plan, name: Any) -> str:
    match name:
        case {"Ref": "AWS::StackName"}:
            return plan.stack
        case {"Fn::Sub": str(text)}:
            return text.replace("${AWS::StackName}", plan.stack)
    raise LookupError(f"template.yaml names something by {name}; local/preflight/names.py must learn to read that")


def _exists(client: Any, operation: str, missing: str, **arguments: str) -> bool:
    try:
        ask(client, operation, **arguments)
    except ClientError as error:
        if code(error) == missing:
            return False
        raise
    return True
