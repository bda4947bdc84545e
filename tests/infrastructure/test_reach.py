"""Who can get at what: secrets, keys and functions, by the policies of roles and of resources."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sfnx import testing

from local import asl
from swiftcache.redis.control_passwords import GRACE
from tests.expanded import expanded
from tests.infrastructure.test_permissions import MACHINES, granted, listed, roles, statements

RESOURCES = expanded().resources
SECRET = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/"
INSTANCES, WEBHOOKS = {"Fn::Sub": f"{SECRET}instances/*"}, {"Fn::Sub": f"{SECRET}webhooks/*"}
DECLARING, DECLARED = {"Fn::Sub": f"{SECRET}declaring/*"}, {"Fn::Sub": f"{SECRET}declared/*"}
CERTIFICATE = {"Ref": "CertificateSecretArn"}

READS_SECRETS = {
    "CollectMetricsFunctionRole": INSTANCES,  # looks into every Redis
    "ControlRedisFunctionRole": INSTANCES,  # configures one
    "InspectRedisFunctionRole": INSTANCES,  # looks into one
    "IssueCredentialsFunctionRole": INSTANCES,  # keeps the passwords of a member of the pool that did not answer
    "RecoverInstanceFunctionRole": INSTANCES,  # keeps the passwords when it renews the keys beside them
    "ResizeInstanceFunctionRole": INSTANCES,  # has one take over from another
    "RotatePasswordsFunctionRole": INSTANCES,  # replaces what is in them
    "VerifyRedisFunctionRole": INSTANCES,  # connects as a client would
    "ScrapeShardFunctionRole": INSTANCES,  # looks into those of a part of a large fleet
    "SendWebhookFunctionRole": WEBHOOKS,  # signs
    "TakeBackupFunctionRole": INSTANCES,  # asks for a copy as a replica would
}
"""The functions that read secret values, and which. Another one needs a reason here and in SECURITY.md."""

RENEWS = "RenewCertificateFunctionRole"
OF_THE_RENEWAL = [CERTIFICATE, {"Ref": "AcmeAccount"}, {"Ref": "AcmeBindingSecretArn"}]
"""Whoever renews the certificate reads it, its account with the authority, and what binds that; no other secret."""

DECLARES = "ApplyDeclarationFunctionRole"
"""Whoever makes instances for stacks reads the account keys kept for them, and writes these instances' keys."""

AT_ITS_BEGINNING = {"TakeBackupFunctionRole"}
"""Says its password within seconds, and never again; tests/integration/redis/test_copies.py renews it meanwhile."""

ASKED_BY_THE_API = {"ControlNetworkFunction", "ControlRedisFunction", "InspectRedisFunction"}
"""What the API calls and waits for. They take an id, and answer nothing or figures."""


def of_type(resource_type: str) -> dict[str, dict[str, Any]]:
    return {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == resource_type}


def on_secrets(role: str) -> list[dict[str, Any]]:
    """Those that grant something on single secrets: a list of their names takes no resource."""
    return [
        statement
        for statement in statements(roles()[role])
        if any(action.startswith("secretsmanager:") for action in listed(statement["Action"]))
        and "secretsmanager:ListSecrets" not in listed(statement["Action"])
    ]


@pytest.mark.parametrize("role", list(roles()))
def test_secrets_are_granted_by_the_prefix_of_their_kind(role: str) -> None:
    for statement in on_secrets(role):
        [resource] = listed(statement["Resource"])
        of_stacks = [DECLARING, DECLARED] if role == DECLARES else []
        certificate = OF_THE_RENEWAL if role == RENEWS else [CERTIFICATE] if role == "TaskExecutionRole" else []
        assert resource in (of_stacks or (INSTANCES, WEBHOOKS, *certificate))


def test_only_functions_that_are_listed_read_secret_values() -> None:
    reading = {
        role: statement["Resource"]
        for role in roles()
        for statement in on_secrets(role)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
        and role not in ("TaskExecutionRole", RENEWS, DECLARES)
    }
    assert reading == READS_SECRETS


def test_who_makes_instances_for_stacks_reads_account_keys_and_writes_none() -> None:
    found = {json.dumps(found["Resource"]): listed(found["Action"]) for found in on_secrets(DECLARES)}
    assert found.pop(json.dumps(DECLARING)) == ["secretsmanager:GetSecretValue"]
    assert list(found) == [json.dumps(DECLARED)]


@pytest.mark.parametrize("name", ["DeclareInstanceFunctionRole", DECLARES])
def test_what_stacks_call_reaches_neither_the_table_nor_an_instance(name: str) -> None:
    assert {right.partition(":")[0] for right in granted(name)} <= {"states", "kms", "secretsmanager"}


def test_the_function_that_stacks_call_is_exported_and_carries_the_stacks_name() -> None:
    output = expanded().expanded["Outputs"]["DeclareInstanceFunctionArn"]
    assert output["Export"] == {"Name": {"Fn::Sub": "${AWS::StackName}-DeclareInstance"}}


def test_who_renews_the_certificate_reads_no_instances_secret_and_only_it_writes_the_certificate() -> None:
    reading = [
        statement["Resource"]
        for statement in on_secrets(RENEWS)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
    ]
    assert reading == OF_THE_RENEWAL
    writing = {
        role
        for role in roles()
        for statement in on_secrets(role)
        if statement["Resource"] == CERTIFICATE and "secretsmanager:PutSecretValue" in listed(statement["Action"])
    }
    assert writing == {RENEWS}


def test_the_certificate_is_written_and_the_zone_changed_only_where_an_authority_issues() -> None:
    policy = RESOURCES["HaveCertificateIssued"]
    assert policy["Condition"] == "CertificateIsIssued"
    beside = {name for name, found in RESOURCES.items() if found["Type"] == "AWS::IAM::Policy"}
    assert {"HaveCertificateIssued", "ReadAcmeBinding", "EncryptCertificate"} <= beside
    always = [statement["Sid"] for policy in _inline(RENEWS) for statement in policy]
    assert always == ["NoteWhatIsCurrent", "ReadCertificate"]


def _inline(role: str) -> list[list[dict[str, Any]]]:
    return [found["PolicyDocument"]["Statement"] for found in RESOURCES[role]["Properties"]["Policies"]]


def test_the_api_reads_no_secret_and_calls_only_two_that_do() -> None:
    assert "secretsmanager:GetSecretValue" not in granted("ApiFunctionRole")
    called = {
        resource["Fn::GetAtt"][0]
        for statement in statements(roles()["ApiFunctionRole"])
        if "lambda:InvokeFunction" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert called == ASKED_BY_THE_API


def test_no_machine_reads_a_secret() -> None:
    machines = [role for role in roles() if not role.endswith("FunctionRole") and role != "TaskExecutionRole"]
    assert [role for role in machines if "secretsmanager:GetSecretValue" in granted(role)] == []


@pytest.mark.parametrize(
    "role", [role for role, which in READS_SECRETS.items() if which == INSTANCES and role not in AT_ITS_BEGINNING]
)
def test_no_function_that_has_read_a_password_lives_as_long_as_a_stage_of_its_rotation(role: str) -> None:
    function = expanded().functions[role.removesuffix("Role")]
    assert function.timeout < GRACE.total_seconds()


def _containers(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a state registers to be run."""
    arguments = state.get("Arguments", {})
    return list(arguments.get("ContainerDefinitions", [])) if isinstance(arguments, dict) else []


@pytest.mark.parametrize("name", list(MACHINES.values()))
def test_a_task_is_given_the_hashes_in_its_acl_and_never_the_password(name: str) -> None:
    """Its environment holds what it is given until it has become redis-server."""
    for _, state in testing.every_state(asl.load(name)):
        for container in _containers(state):
            sources = {secret["Name"]: secret["ValueFrom"] for secret in container["Secrets"]}
            if container["Name"] == "fetch":
                assert sources == {"SOURCE_LINK": "{% $secretArn & ':restoreLink::' %}"}
                continue
            assert sources.pop("ACL") == "{% $secretArn & ':acl::' %}"
            assert {source.partition(":")[0] for source in sources.values()} == {"${CertificateSecretArn}"}


@pytest.mark.parametrize("name", [name for name in of_type("AWS::ECS::TaskDefinition") if name.startswith("Redis")])
def test_a_definition_of_a_size_gives_a_task_the_certificate_and_no_instances_secret(name: str) -> None:
    [container] = of_type("AWS::ECS::TaskDefinition")[name]["ContainerDefinitions"]
    sources = {secret["Name"]: secret["ValueFrom"]["Fn::Sub"] for secret in container["Secrets"]}
    assert set(sources) == {"CERTIFICATE", "PRIVATE_KEY", "AUTHORITY"}
    assert {source.partition(":")[0] for source in sources.values()} == {"${CertificateSecretArn}"}


@pytest.mark.parametrize("name", list(of_type("AWS::Lambda::Function")))
def test_no_function_has_a_secret_in_its_environment(name: str) -> None:
    """Values are names of the template's resources, or what template.yaml says in the open."""
    text = json.dumps(of_type("AWS::Lambda::Function")[name].get("Environment", {}))
    assert "resolve:secretsmanager" not in text
    assert "resolve:ssm" not in text


def test_no_function_can_be_called_past_the_api() -> None:
    assert of_type("AWS::Lambda::Url") == {}
    open_to = {name: found["Principal"] for name, found in of_type("AWS::Lambda::Permission").items()}
    assert set(open_to.values()) <= {"apigateway.amazonaws.com", "events.amazonaws.com"}
    assert {name for name, who in open_to.items() if who.startswith("api")} == {
        "ApiFunctionPermission",
        "ConsoleFunctionPermission",
    }


def test_the_consoles_function_may_write_its_log_and_nothing_else() -> None:
    role = roles()["ConsoleFunctionRole"]
    assert list(statements(role)) == []
    assert [str(managed).rpartition("/")[2].rstrip("'}") for managed in role["ManagedPolicyArns"]] == [
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
    ]


@pytest.mark.parametrize("name", list(of_type("AWS::Lambda::Permission")))
def test_a_service_calls_a_function_for_one_of_our_resources_alone(name: str) -> None:
    source = json.dumps(of_type("AWS::Lambda::Permission")[name]["SourceArn"])
    assert any(f'"{resource}"' in source for resource in RESOURCES)


def resource_policies() -> list[tuple[str, dict[str, Any]]]:
    """The statements of every policy that is a resource's."""
    documents = {
        **{name: found["KeyPolicy"] for name, found in of_type("AWS::KMS::Key").items()},
        **{
            name: found["Properties"]["PolicyDocument"]
            for name, found in RESOURCES.items()
            if found["Type"] not in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::KMS::Key")
            and "PolicyDocument" in found.get("Properties", {})
        },
    }
    return [(name, statement) for name, document in documents.items() for statement in document["Statement"]]


ALLOWING = [
    pytest.param(name, found, id=f"{name}.{found['Sid']}")
    for name, found in resource_policies()
    if found["Effect"] == "Allow"
]


@pytest.mark.parametrize(("name", "statement"), ALLOWING)
def test_a_resource_is_open_to_the_account_or_to_a_service_on_a_condition(name: str, statement: dict[str, Any]) -> None:
    assert set(statement["Principal"]) <= {"AWS", "Service"}
    if "AWS" in statement["Principal"]:
        # Whoever manages the account; the policies of its roles decide who else.
        assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    else:
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        assert statement.get("Condition") or listed(statement["Action"]) == ["kms:DescribeKey"]


def test_our_keys_are_used_by_the_api_for_what_it_answered_and_for_where_stacks_want_their_answers() -> None:
    using = {
        role: (statement["Resource"], statement["Action"], statement["Condition"])
        for role in set(roles()) - {"TaskExecutionRole"}
        for statement in statements(roles()[role])
        if any(action.startswith("kms:") for action in listed(statement["Action"]))
        and statement["Resource"] not in ({"Fn::GetAtt": ["BackupKey", "Arn"]}, {"Ref": "CertificateKeyArn"})
    }

    def sealing(actions: str | list[str], purpose: str) -> tuple[Any, ...]:
        condition = {"StringEquals": {"kms:EncryptionContext:purpose": purpose}}
        return {"Fn::GetAtt": ["SealKey", "Arn"]}, actions, condition

    assert using == {
        "ApiFunctionRole": sealing(["kms:Encrypt", "kms:Decrypt"], "idempotency"),
        "DeclareInstanceFunctionRole": sealing("kms:Encrypt", "declaration"),
        DECLARES: sealing("kms:Decrypt", "declaration"),
    }


def test_only_what_reads_or_writes_backups_uses_their_key() -> None:
    using = {
        role: set(listed(statement["Action"]))
        for role in roles()
        for statement in statements(roles()[role])
        if statement["Resource"] == {"Fn::GetAtt": ["BackupKey", "Arn"]}
    }
    assert using == {
        # Reads which links a proof has. The backups themselves it may not read.
        "ProofExecutionRole": {"kms:Decrypt"},
        # Signs links to them, and for uploads.
        "ApiFunctionRole": {"kms:GenerateDataKey", "kms:Decrypt"},
        "CheckImportFunctionRole": {"kms:GenerateDataKey", "kms:Decrypt"},
        "TakeBackupFunctionRole": {"kms:GenerateDataKey", "kms:Decrypt"},
        "ProveBackupFunctionRole": {"kms:GenerateDataKey", "kms:Decrypt"},
        "IssueCredentialsFunctionRole": {"kms:Decrypt"},
        "RecoverInstanceFunctionRole": {"kms:Decrypt"},
    }
