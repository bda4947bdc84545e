"""What template.yaml grants: no more than is used, and for no more than it must be."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sfnx import testing

from local import asl
from tests.expanded import expanded
from tests.upgrade.release import FOLDER

ROOT = Path(__file__).parents[2]

LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}

FOR_ALL = {
    "DeliverLogs": LOG_DELIVERY,
    "FindAccessPointInUse": {"ecs:DescribeTaskDefinition"},
    "FindAddresses": {"ec2:DescribeNetworkInterfaces"},
    "FindProofs": {"ecs:ListTasks"},
    "FindSecurityGroups": {"ec2:DescribeSecurityGroups"},
    "FindPublicAddress": {"ec2:DescribeNetworkInterfaces"},
    "FindTaskDefinitionsAndSecrets": {"ecs:ListTaskDefinitions", "secretsmanager:ListSecrets"},
    "FindTasks": {"ecs:ListTasks"},
    "LogInToEcr": {"ecr:GetAuthorizationToken"},
    "SendTaskTokensBack": {"states:SendTaskFailure", "states:SendTaskSuccess"},
    "RetireTaskDefinitions": {"ecs:ListTaskDefinitions", "ecs:DeregisterTaskDefinition"},
}
"""The statements that are for the resource `*`, and what they grant. Their one reason: AWS knows no narrower resource
for these actions (https://docs.aws.amazon.com/service-authorization/latest/reference/)."""

MANAGED = {
    "AWSLambdaBasicExecutionRole": "lambda.amazonaws.com",  # writes a log; SAM adds it, and it is for every log group
    "AWSLambdaDynamoDBExecutionRole": "lambda.amazonaws.com",  # reads a stream
    "AWSCodeDeployRoleForLambda": "codedeploy.amazonaws.com",  # moves the API's alias; it is for every function
    "AWSLambdaVPCAccessExecutionRole": "lambda.amazonaws.com",  # joins the VPC, for the file system or Redis
    "AWSXrayWriteOnlyAccess": "",  # traces
}
"""AWS's own policies that SAM adds, or would add, and to the roles of which service; "" is for all."""

SERVICES = {
    "codedeploy.amazonaws.com": ("CodeDeployServiceRole",),
    "ecs-tasks.amazonaws.com": ("TaskExecutionRole", "ProofExecutionRole", "TaskRole", "VolumeTaskRole"),
    "lambda.amazonaws.com": tuple(f"{name}Role" for name in expanded().functions),
}


STATES = "states.amazonaws.com"

MACHINES = {f"{''.join(map(str.title, name.split('_')))}Role": name for name in asl.names()}
"""Every state machine by the name of its role."""

PREFIXES = {"sfn": "states", "efs": "elasticfilesystem"}
"""IAM's names of services, where Step Functions has others."""

MOUNT = {f"elasticfilesystem:Client{right}" for right in ("Mount", "Write", "RootAccess")}
"""What mounting a file system needs. No call does it: Lambda and Fargate mount before our code runs."""

ADDED_BY_SAM = {
    "Effect": "Allow",
    "Action": "sqs:SendMessage",
    "Resource": {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]},
}
"""For an `OnFailure` destination: Lambda itself reports there what a function could not handle."""


def roles() -> dict[str, dict[str, Any]]:
    """The properties of each role, its policies with those that stand beside it."""
    resources = expanded().resources
    found = {name: dict(role["Properties"]) for name, role in resources.items() if role["Type"] == "AWS::IAM::Role"}
    for policy in (role["Properties"] for role in resources.values() if role["Type"] == "AWS::IAM::Policy"):
        for holder in policy["Roles"]:
            role = found[holder["Ref"]]
            role["Policies"] = [*role.get("Policies", []), policy]
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role.get("Policies", []):
        yield from listed(policy["PolicyDocument"]["Statement"])


def granted(role: str) -> set[str]:
    return {action for statement in statements(roles()[role]) for action in listed(statement["Action"])}


EVERY_STATEMENT = [
    pytest.param(statement, id=f"{name}.{statement.get('Sid')}")
    for name, role in roles().items()
    for statement in statements(role)
]


@pytest.mark.parametrize("statement", EVERY_STATEMENT)
def test_each_statement_says_its_reason_and_names_its_actions(statement: dict[str, Any]) -> None:
    assert statement.get("Sid") or statement == ADDED_BY_SAM
    assert statement["Effect"] == "Allow"
    assert not [action for action in listed(statement["Action"]) if "*" in action]


@pytest.mark.parametrize("statement", EVERY_STATEMENT)
def test_only_what_takes_no_resource_is_granted_for_all(statement: dict[str, Any]) -> None:
    if any(resource == "*" for resource in listed(statement["Resource"])):
        assert set(listed(statement["Action"])) == FOR_ALL[statement["Sid"]]


@pytest.mark.parametrize("statement", EVERY_STATEMENT)
def test_a_star_in_a_resource_stands_for_the_end_of_a_name(statement: dict[str, Any]) -> None:
    for resource in listed(statement["Resource"]):
        [text, *_] = listed(resource["Fn::Sub"]) if isinstance(resource, dict) and "Fn::Sub" in resource else [""]
        assert text.find("*") in (-1, len(text) - 1)
        # arn:partition:service:region:account:kind/… with more of the name than its kind, but for a change's number.
        name = text.rstrip("*").partition("${AWS::AccountId}:")[2]
        # Some names are chosen by AWS: a condition says which.
        by_condition = text.endswith(("access-point/*", "security-group/*")) and "Condition" in statement
        chosen = text.endswith("route53:::change/*") or by_condition
        # The names of what is in a bucket begin by its kind.
        in_a_bucket = re.fullmatch(r"\$\{\w+\.Arn\}/[a-z]+/\*", text)
        assert "*" not in text or "${" in name or chosen or in_a_bucket


@pytest.mark.parametrize("name", list(roles()))
def test_managed_policies_are_those_that_sam_adds(name: str) -> None:
    for arn in map(json.dumps, managed(roles()[name])):
        [service] = [service for policy, service in MANAGED.items() if arn.rstrip("}").endswith(f'/{policy}"')]
        assert service in ("", trusted(name))
        assert "DynamoDB" not in arn or name in ("RelayChangesFunctionRole", "FanOutEventFunctionRole")


def managed(role: dict[str, Any]) -> list[Any]:
    """The ARNs of its managed policies, also of those that it has on a condition."""
    return [
        arn
        for given in role.get("ManagedPolicyArns", [])
        for arn in (given["Fn::If"][1:] if isinstance(given, dict) and "Fn::If" in given else [given])
        if arn != {"Ref": "AWS::NoValue"}
    ]


def trusted(role: str) -> str:
    """The service that may take a role."""
    [statement] = listed(roles()[role]["AssumeRolePolicyDocument"]["Statement"])
    assert set(statement) - {"Condition"} == {"Effect", "Principal", "Action"}
    assert (statement["Effect"], listed(statement["Action"])) == ("Allow", ["sts:AssumeRole"])
    assert set(statement["Principal"]) == {"Service"}
    [service] = listed(statement["Principal"]["Service"])
    return str(service)


@pytest.mark.parametrize("name", list(roles()))
def test_each_role_may_be_taken_by_the_one_service_that_it_is_for(name: str) -> None:
    assert trusted(name) == next((service for service, named in SERVICES.items() if name in named), STATES)


def test_every_role_is_a_functions_a_machines_or_the_tasks() -> None:
    assert set(roles()) == {*MACHINES, *(role for named in SERVICES.values() for role in named)}


IMAGE_AND_LOG = {
    *(f"ecr:{action}" for action in ("GetAuthorizationToken", "BatchCheckLayerAvailability")),
    *(f"ecr:{action}" for action in ("GetDownloadUrlForLayer", "BatchGetImage")),
    *("logs:CreateLogStream", "logs:PutLogEvents"),
}


def test_starting_a_task_takes_its_image_its_secrets_and_its_log() -> None:
    assert granted("TaskExecutionRole") == {*IMAGE_AND_LOG, "secretsmanager:GetSecretValue", "kms:Decrypt"}


def test_starting_a_proof_takes_its_images_its_links_and_its_log_and_no_secret() -> None:
    read = {"s3:GetObject", "s3:GetBucketLocation", "kms:Decrypt"}
    assert granted("ProofExecutionRole") == IMAGE_AND_LOG | read
    [links] = [found for found in statements(roles()["ProofExecutionRole"]) if found["Sid"] == "ReadLinks"]
    assert links["Resource"] == {"Fn::Sub": "${BackupBucket.Arn}/proofs/*"}, "not the backups"


def needed(definition: dict[str, Any]) -> set[str]:
    """The IAM actions of a machine's calls, and of what these imply."""
    found = set(LOG_DELIVERY)
    for _, state in testing.every_state(definition):
        resource, arguments = state.get("Resource"), state.get("Arguments")
        if isinstance(resource, str):
            found.update(_of_call(resource, arguments if isinstance(arguments, dict) else {}))
    return found


def _of_call(resource: str, arguments: dict[str, Any]) -> set[str]:
    if resource.endswith(("lambda:invoke", "lambda:invoke.waitForTaskToken")):
        return {"lambda:InvokeFunction"}
    if resource.endswith("startExecution.sync:2"):
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
        return {
            *(f"states:{action}" for action in ("StartExecution", "DescribeExecution", "StopExecution")),
            *(f"events:{action}" for action in ("PutTargets", "PutRule", "DescribeRule")),
        }
    service, action = resource.split(":")[-2:]
    service = PREFIXES.get(service, service)
    found = {f"{service}:{action[0].upper()}{action[1:]}"}
    if "Tags" in arguments or "PropagateTags" in arguments:
        found.add(f"{service}:TagResource")
    if "ExecutionRoleArn" in arguments or action == "runTask":
        found.add("iam:PassRole")
    return found


@pytest.mark.parametrize(("role", "name"), list(MACHINES.items()))
def test_a_machine_may_do_what_it_does_or_did_in_the_last_release_and_nothing_else(role: str, name: str) -> None:
    """Executions of before run on after an update. What only they need goes with them: see docs/decisions/0038."""
    assert granted(role) == set().union(*map(needed, definitions(name)))


def definitions(name: str) -> list[dict[str, Any]]:
    """Of a machine: the present one, and that of the last release unless the machine is new."""
    return [asl.load(name), *([asl.load(name, FOLDER)] if name in asl.names(FOLDER) else [])]


def test_a_role_is_passed_to_ecs_alone() -> None:
    passing = [s for role in roles().values() for s in statements(role) if "iam:PassRole" in listed(s["Action"])]
    assert passing
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        passed = [resource["Fn::GetAtt"] for resource in listed(statement["Resource"])]
        instances = [["TaskExecutionRole", "Arn"], ["TaskRole", "Arn"], ["VolumeTaskRole", "Arn"]]
        # A task that proves a backup has no role of its own.
        assert passed in ([["ProofExecutionRole", "Arn"]], instances)


def test_only_a_records_under_an_instances_suffix_and_texts_of_challenges_are_changed() -> None:
    """Of whichever domain: an instance keeps the one that it was made under."""
    changing = [
        statement
        for role in roles().values()
        for statement in statements(role)
        if "route53:ChangeResourceRecordSets" in listed(statement["Action"])
    ]
    assert changing
    for statement in changing:
        assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}"}
        kind, name = ("TXT", "_acme-challenge.redis.*") if statement["Sid"] == "ShowChallenge" else ("A", "*.redis.*")
        equals = statement["Condition"]["ForAllValues:StringEquals"]
        assert equals["route53:ChangeResourceRecordSetsRecordTypes"] == [kind]
        assert statement["Condition"]["ForAllValues:StringLike"] == {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name]
        }


def _changes(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a state has Route 53 change."""
    arguments = state.get("Arguments", {})
    if not isinstance(arguments, dict):
        return []
    changes: list[dict[str, Any]] = arguments.get("ChangeBatch", {}).get("Changes", [])
    return changes


@pytest.mark.parametrize(("role", "name"), list(MACHINES.items()))
def test_a_machine_changes_records_with_the_verbs_that_it_uses(role: str, name: str) -> None:
    allowed = {
        verb
        for statement in statements(roles()[role])
        for verb in statement.get("Condition", {})
        .get("ForAllValues:StringEquals", {})
        .get("route53:ChangeResourceRecordSetsActions", [])
    }
    used = {
        change["Action"]
        for definition in definitions(name)
        for _, state in testing.every_state(definition)
        for change in _changes(state)
    }
    assert allowed == used


@pytest.mark.parametrize("name", ["provision_instance", "resize_instance"])
def test_a_task_without_a_volume_has_no_rights(name: str) -> None:
    registered = asl.load(name)["States"]["RegisterTaskDefinition"]["Arguments"]
    assert registered["TaskRoleArn"] == "{% $plan.folder = '' ? '${TaskRoleArn}' : '${VolumeTaskRoleArn}' %}"
    assert granted("TaskRole") == set()


def mounting() -> dict[str, dict[str, Any]]:
    """The statements about mounting, by their roles."""
    return {
        name: statement
        for name, role in roles().items()
        for statement in statements(role)
        if MOUNT & set(listed(statement["Action"]))
    }


def test_only_tasks_with_a_volume_and_what_erases_them_mount_and_only_through_access_points() -> None:
    erasing = {"Fn::GetAtt": ["VolumesAccessPoint", "Arn"]}
    found = mounting()
    assert set(found) == {"VolumeTaskRole", "EraseVolumeFunctionRole"}
    assert {json.dumps(statement["Resource"]) for statement in found.values()} == {
        json.dumps({"Fn::GetAtt": ["FileSystem", "Arn"]})
    }
    point = "elasticfilesystem:AccessPointArn"
    assert found["VolumeTaskRole"]["Condition"] == {"Null": {point: "false"}, "ArnNotEquals": {point: erasing}}
    assert found["EraseVolumeFunctionRole"]["Condition"] == {"ArnEquals": {point: erasing}}


def test_only_what_erases_volumes_is_root_on_them() -> None:
    assert set(listed(mounting()["EraseVolumeFunctionRole"]["Action"])) == MOUNT
    assert set(listed(mounting()["VolumeTaskRole"]["Action"])) == MOUNT - {"elasticfilesystem:ClientRootAccess"}


def test_the_file_system_is_encrypted_and_refuses_whoever_comes_in_plain_or_past_the_access_points() -> None:
    properties = expanded().resources["FileSystem"]["Properties"]
    assert properties["Encrypted"] is True
    denied = properties["FileSystemPolicy"]["Statement"]
    assert {statement["Effect"] for statement in denied} == {"Deny"}
    assert [statement["Condition"] for statement in denied] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"Null": {"elasticfilesystem:AccessPointArn": "true"}},
    ]
    for statement in denied:
        assert set(statement["Action"]) == MOUNT


def test_the_file_system_outlives_the_stack_but_no_backup_outlives_an_instance() -> None:
    resource = expanded().resources["FileSystem"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert resource["Properties"]["BackupPolicy"] == {"Status": "DISABLED"}


def test_only_redis_and_what_erases_volumes_reach_the_file_system() -> None:
    resources = expanded().resources
    [redis] = resources["VolumesSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    erasing = resources["VolumesFromEraseVolume"]["Properties"]
    for rule, group in ((redis, "RedisSecurityGroup"), (erasing, "EraseVolumeSecurityGroup")):
        assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": [group, "GroupId"]}
        assert (rule["FromPort"], rule["ToPort"]) == (2049, 2049)
    others = [
        found["Properties"]
        for name, found in resources.items()
        if found["Type"] == "AWS::EC2::SecurityGroupIngress" and name != "VolumesFromEraseVolume"
    ]
    assert not [rule for rule in others if "VolumesSecurityGroup" in json.dumps(rule["GroupId"])]
