"""Deploying a template into the substitutes: the project's own, and small ones for what could go wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import Substitutes
from local.aws.volumes import Volumes
from local.deploy import LEFT_OUT, Client, Stack, deploy, for_moto
from local.errors import StartupError
from local.stack import NO_IMAGE
from local.template import ACCOUNT, REGION, Json, Template
from tests.expanded import expanded

PARAMETERS = {
    "DomainName": "swiftcache.test",
    "HostedZoneId": "Z123",
    "CertificateSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:certificate",
    "RedisImage": NO_IMAGE,
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    def invoke(function: str, payload: object) -> object:
        raise LookupError(f"{function} is not to be called with {payload}")

    substitutes = Substitutes(tmp_path, invoke)
    substitutes.start()
    yield substitutes.client
    substitutes.stop()


@pytest.fixture
def volumes(tmp_path: Path) -> Volumes:
    return Volumes(tmp_path / "volumes")


@pytest.fixture(scope="module")
def project() -> Template:
    return expanded()


@pytest.fixture
def stack(client: Client, project: Template, volumes: Volumes) -> Stack:
    return deploy(project, client, PARAMETERS, volumes)


def made(resources: dict[str, Json], outputs: dict[str, Json] | None = None, **more: Json) -> Template:
    return Template({"Resources": resources, "Outputs": outputs or {}, **more}, Path("/project"))


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def test_every_function_of_the_project_is_deployed(project: Template, stack: Stack) -> None:
    assert stack.functions.keys() == project.functions.keys()


def test_what_a_function_mounts_is_a_folder(stack: Stack, tmp_path: Path) -> None:
    environment = stack.functions["EraseVolumeFunction"].environment
    assert environment["VOLUMES_FOLDER"] == str(tmp_path / "volumes" / "instances")


def test_references_in_an_environment_are_resolved(client: Client, stack: Stack) -> None:
    environment = stack.functions["ApiFunction"].environment

    assert environment["TABLE_NAME"] in client("dynamodb").list_tables()["TableNames"]
    machines = client("stepfunctions").list_state_machines()["stateMachines"]
    assert environment["PROVISION_STATE_MACHINE_ARN"] in {machine["stateMachineArn"] for machine in machines}


def test_no_reference_of_any_environment_is_left(stack: Stack) -> None:
    for deployed in stack.functions.values():
        assert all(isinstance(value, str) and "${" not in value for value in deployed.environment.values())


def test_the_key_of_the_api_encrypts(client: Client, stack: Stack) -> None:
    key = stack.functions["ApiFunction"].environment["SEAL_KEY_ARN"]
    kms, context = client("kms"), {"purpose": "idempotency"}

    sealed = kms.encrypt(KeyId=key, Plaintext=b"plain text", EncryptionContext=context)["CiphertextBlob"]

    assert b"plain" not in sealed
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"plain text"
    assert "alias/swiftcache-seal" in {alias["AliasName"] for alias in kms.list_aliases()["Aliases"]}


def test_the_event_bus_is_known_by_its_name(client: Client, stack: Stack) -> None:
    buses = {bus["Name"] for bus in client("events").list_event_buses()["EventBuses"]}

    assert stack.outputs["EventBusName"] in buses - {"default"}


def test_state_machines_call_the_deployed_functions(client: Client, stack: Stack) -> None:
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs["ProvisionStateMachineArn"])

    json.loads(machine["definition"])
    assert "${" not in machine["definition"]
    assert stack.functions["VerifyRedisFunction"].arn in machine["definition"]


def test_the_parameters_reach_the_stack(client: Client, stack: Stack) -> None:
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs["ProvisionStateMachineArn"])

    assert PARAMETERS["CertificateSecretArn"] in machine["definition"]
    assert stack.functions["WriteRecordsFunction"].environment["HOSTED_ZONE_ID"] == PARAMETERS["HostedZoneId"]


def test_only_outputs_of_what_is_left_out_are_missing(project: Template, stack: Stack) -> None:
    assert project.expanded["Outputs"].keys() - stack.outputs.keys() == {"ApiUrl", "ConsoleUrl"}


def test_an_unknown_type_is_an_error_that_names_it() -> None:
    template = made({"Tower": resource("AWS::GroundStation::Config")})

    with pytest.raises(StartupError, match=r"Tower \(AWS::GroundStation::Config\)"):
        for_moto(template)


def test_nothing_is_left_out_that_the_project_does_not_have(project: Template) -> None:
    assert {found["Type"] for found in project.resources.values()} >= LEFT_OUT


def test_nothing_is_left_out_that_moto_could_create() -> None:
    from moto.cloudformation.parsing import get_model_map

    # moto has classes for these two, which fail: a permission for an alias, and a version of no code.
    assert get_model_map().keys() & LEFT_OUT == {"AWS::Lambda::Permission", "AWS::Lambda::Version"}


def test_a_missing_parameter_is_an_error_that_names_it(client: Client, volumes: Volumes) -> None:
    template = made({}, Parameters={"Domain": {"Type": "String"}})

    with pytest.raises(StartupError, match="does not set: Domain"):
        deploy(template, client, {}, volumes)


def test_an_unknown_parameter_is_an_error_that_names_it(client: Client, volumes: Volumes) -> None:
    with pytest.raises(StartupError, match=r"template\.yaml lacks: Domain"):
        deploy(made({}), client, {"Domain": "a"}, volumes)


def test_a_parameter_that_the_template_does_not_allow_is_an_error_that_says_what_is(
    client: Client, volumes: Volumes
) -> None:
    rules = {"Type": "String", "AllowedPattern": "^[a-z]+$", "ConstraintDescription": "small letters"}

    with pytest.raises(StartupError, match="Word=A1 is not allowed; wanted is small letters"):
        deploy(made({}, Parameters={"Word": rules}), client, {"Word": "A1"}, volumes)


def test_a_state_machine_that_is_wrong_is_refused_with_the_reason(client: Client, volumes: Volumes) -> None:
    machine = resource(
        "AWS::StepFunctions::StateMachine",
        DefinitionString='{"StartAt": "Nowhere", "States": {}}',
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )

    with pytest.raises(StartupError, match=r"(?s)cannot be deployed: .*Invalid State Machine Definition"):
        deploy(made({"Machine": machine}), client, {}, volumes)


ALIAS = {
    "Front": resource("AWS::Lambda::Function", Code={}),
    "Live": resource("AWS::Lambda::Alias", FunctionName={"Ref": "Front"}),
    "Api": resource("AWS::ApiGatewayV2::Api"),
}


@pytest.mark.parametrize(
    ("reference", "instead"),
    [
        ({"Ref": "Live"}, {"Fn::GetAtt": ["Front", "Arn"]}),
        ({"Fn::Sub": "${Live}/invocations"}, {"Fn::Sub": "${Front.Arn}/invocations"}),
        ({"Ref": "Api"}, "Api"),
        ({"Fn::GetAtt": ["Api", "ApiId"]}, "Api"),
        ({"Fn::Sub": "x/${Api.ApiId}/${AWS::Region}"}, {"Fn::Sub": "x/Api/${AWS::Region}"}),
        ({"Ref": "Front"}, {"Ref": "Front"}),
    ],
)
def test_references_to_what_is_left_out_point_elsewhere(reference: Json, instead: object) -> None:
    user = resource("AWS::SNS::Topic", DisplayName=[{"nested": reference}])

    resources = for_moto(made({**ALIAS, "User": user}))["Resources"]

    assert resources["User"]["Properties"]["DisplayName"] == [{"nested": instead}]


def test_nothing_depends_on_what_is_left_out() -> None:
    users = {
        "One": resource("AWS::SNS::Topic") | {"DependsOn": "Api"},
        "Two": resource("AWS::SNS::Topic") | {"DependsOn": ["Api", "One"]},
    }

    resources = for_moto(made(ALIAS | users))["Resources"]

    assert "DependsOn" not in resources["One"]
    assert resources["Two"]["DependsOn"] == ["One"]
