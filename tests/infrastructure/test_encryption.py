"""What template.yaml has AWS keep is encrypted, and by a key that whoever encrypts with it may use.

A new kind of resource fails here until somebody has said whether it keeps anything.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.expanded import expanded
from tests.infrastructure.test_permissions import listed

Properties = dict[str, Any]

DATA_KEY = {"Fn::GetAtt": ["DataKey", "Arn"]}


def _bucket_key(bucket: Properties) -> object:
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default = rule["ServerSideEncryptionByDefault"]
    return default["KMSMasterKeyID"] if default["SSEAlgorithm"] == "aws:kms" else None


ENCRYPTED: dict[str, Callable[[Properties], bool]] = {
    "AWS::DynamoDB::Table": lambda found: found.get("SSESpecification") == {"SSEEnabled": True},
    "AWS::EFS::FileSystem": lambda found: found.get("Encrypted") is True,
    "AWS::Events::EventBus": lambda found: found.get("KmsKeyIdentifier") == DATA_KEY,
    "AWS::Logs::LogGroup": lambda found: found.get("KmsKeyId") == DATA_KEY,
    "AWS::S3::Bucket": lambda found: _bucket_key(found) == {"Fn::GetAtt": ["BackupKey", "Arn"]},
    "AWS::SNS::Topic": lambda found: found.get("KmsMasterKeyId") == {"Ref": "DataKey"},
    "AWS::SQS::Queue": lambda found: found.get("SqsManagedSseEnabled") is True,
    # By aws/secretsmanager, as those that our functions make.
    "AWS::SecretsManager::Secret": lambda found: "KmsKeyId" not in found,
}
"""How each kind of resource that keeps data is encrypted (docs/decisions/0018-encryption-at-rest.md)."""

KEEPING_NOTHING = {
    *("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"),
    *("AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter"),
    *("AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"),
    *(f"AWS::EC2::{name}" for name in ("InternetGateway", "Route", "RouteTable", "Subnet", "VPC")),
    *(f"AWS::EC2::{name}" for name in ("SubnetRouteTableAssociation", "VPCGatewayAttachment")),
    *(f"AWS::EC2::SecurityGroup{suffix}" for suffix in ("", "Egress", "Ingress")),
    "AWS::EC2::VPCEndpoint",
    *("AWS::ECS::Cluster", "AWS::ECS::TaskDefinition"),
    *("AWS::EFS::AccessPoint", "AWS::EFS::MountTarget"),
    "AWS::Events::Rule",
    *("AWS::IAM::Policy", "AWS::IAM::Role"),
    *("AWS::KMS::Alias", "AWS::KMS::Key"),
    *(f"AWS::Lambda::{name}" for name in ("Alias", "EventInvokeConfig", "EventSourceMapping", "Permission", "Version")),
    *("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"),
    # Code and definitions, which AWS encrypts by itself; and executions, which carry no secret.
    *("AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::StepFunctions::StateMachine"),
}

RESOURCES = expanded().resources


def of_type(resource_type: str) -> dict[str, Properties]:
    return {name: found.get("Properties", {}) for name, found in RESOURCES.items() if found["Type"] == resource_type}


@pytest.mark.parametrize("name", [name for name, found in RESOURCES.items() if found["Type"] not in KEEPING_NOTHING])
def test_what_keeps_data_is_encrypted(name: str) -> None:
    resource = RESOURCES[name]
    assert resource["Type"] in ENCRYPTED, "does it keep anything? then say here how it is encrypted"
    assert ENCRYPTED[resource["Type"]](resource.get("Properties", {})), name


@pytest.mark.parametrize("name", list(of_type("AWS::Lambda::Function")))
def test_each_function_writes_to_a_log_group_of_the_template(name: str) -> None:
    group = of_type("AWS::Lambda::Function")[name].get("LoggingConfig", {}).get("LogGroup", {})
    assert group.get("Ref") in of_type("AWS::Logs::LogGroup")


@pytest.mark.parametrize("name", list(of_type("AWS::StepFunctions::StateMachine")))
def test_each_state_machine_logs_to_a_group_of_the_template_without_what_its_states_carry(name: str) -> None:
    logging = of_type("AWS::StepFunctions::StateMachine")[name]["LoggingConfiguration"]
    [destination] = logging["Destinations"]
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0] in of_type("AWS::Logs::LogGroup")
    assert logging["IncludeExecutionData"] is False


def test_the_api_logs_to_a_group_of_the_template() -> None:
    for stage in of_type("AWS::ApiGatewayV2::Stage").values():
        assert stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0] in of_type("AWS::Logs::LogGroup")


def statement(sid: str) -> dict[str, Any]:
    policy = of_type("AWS::KMS::Key")["DataKey"]["KeyPolicy"]
    [found] = [found for found in policy["Statement"] if found["Sid"] == sid]
    return dict(found)


def patterns(sid: str, operator: str, key: str) -> list[str]:
    """The ARNs for which a statement of the key's policy allows its use; they may have a star."""
    return [value["Fn::Sub"] for value in listed(statement(sid)["Condition"][operator][key])]


def arn(service: str, resource: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def name_of(logical_id: str, given: Any) -> str:
    """A resource's name: the given one, or as CloudFormation makes one up."""
    if given is None:
        return f"${{AWS::StackName}}-{logical_id}-1A2B3C4D5E6F"
    if given == {"Ref": "AWS::StackName"}:
        return "${AWS::StackName}"
    return str(given["Fn::Sub"] if isinstance(given, dict) else given)


@pytest.mark.parametrize("name", list(of_type("AWS::Logs::LogGroup")))
def test_the_key_may_be_used_for_each_log_group(name: str) -> None:
    group = arn("logs", f"log-group:{name_of(name, of_type('AWS::Logs::LogGroup')[name].get('LogGroupName'))}")
    allowed = patterns("EncryptLogs", "ArnLike", "kms:EncryptionContext:aws:logs:arn")
    assert any(fnmatchcase(group, pattern) for pattern in allowed)
    assert statement("EncryptLogs")["Principal"] == {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}


@pytest.mark.parametrize("name", list(of_type("AWS::Events::EventBus")))
def test_the_key_may_be_used_for_each_bus(name: str) -> None:
    bus = arn("events", f"event-bus/{name_of(name, of_type('AWS::Events::EventBus')[name]['Name'])}")
    assert bus in patterns("EncryptEvents", "StringEquals", "kms:EncryptionContext:aws:events:event-bus:arn")


@pytest.mark.parametrize("name", list(of_type("AWS::SNS::Topic")))
def test_the_key_may_be_used_by_alarms_for_each_topic(name: str) -> None:
    topic = arn("sns", name_of(name, of_type("AWS::SNS::Topic")[name].get("TopicName")))
    allowed = patterns("EncryptAlarms", "ArnLike", "kms:EncryptionContext:aws:sns:topicArn")
    assert any(fnmatchcase(topic, pattern) for pattern in allowed)
    assert statement("EncryptAlarms")["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(statement("EncryptAlarms")["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.mark.parametrize("name", list(of_type("AWS::KMS::Key")))
def test_each_key_is_rotated(name: str) -> None:
    assert of_type("AWS::KMS::Key")[name]["EnableKeyRotation"] is True


def test_the_table_outlives_the_stack_and_can_be_restored() -> None:
    [table] = [found for found in RESOURCES.values() if found["Type"] == "AWS::DynamoDB::Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
