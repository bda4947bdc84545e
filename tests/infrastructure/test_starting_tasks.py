"""What ECS may do to start a task, for the image and the certificate that the operator has."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.expanded import expanded

DIGEST = "@sha256:" + "0" * 64
PUBLIC = f"redis:7.2-bookworm{DIGEST}"
FETCHES = "public.ecr.aws/amazonlinux/amazonlinux:2023"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def statements(
    image: str, key: str = "", fetch_image: str = FETCHES, role: str = "TaskExecutionRole", valkey: str = ""
) -> dict[str, Mapping[str, Any]]:
    """What is granted beside what every task needs, by its reason, as CloudFormation makes it of these parameters."""
    template = expanded()
    resources = {
        name: {**found, "Properties": {**found["Properties"], "Roles": [{"Ref": role}]}}
        for name, found in template.resources.items()
        if found["Type"] == "AWS::IAM::Policy" and {"Ref": role} in found["Properties"]["Roles"]
    }
    conditions = {found["Condition"] for found in resources.values()}
    trusted = template.resources[role]["Properties"]["AssumeRolePolicyDocument"]
    resources[role] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusted}}
    given = {"RedisImage": image, "ValkeyImage": valkey, "CertificateKeyArn": key, "FetchImage": fetch_image}
    body = {
        "Parameters": {name: template.parameters[name] for name in given},
        "Conditions": {name: template.expanded["Conditions"][name] for name in conditions},
        "Resources": resources,
    }
    boto3.client("cloudformation", "eu-central-1").create_stack(
        StackName="swiftcache",
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    iam = boto3.client("iam", "eu-central-1")
    [made] = iam.list_roles()["Roles"]
    documents: list[Any] = [
        iam.get_role_policy(RoleName=made["RoleName"], PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=made["RoleName"])["PolicyNames"]
    ]
    return {statement["Sid"]: statement for document in documents for statement in document["Statement"]}


@pytest.mark.parametrize(
    "image", [PUBLIC, f"public.ecr.aws/docker/library/redis{DIGEST}", f"ghcr.io/a.b/redis{DIGEST}"]
)
def test_a_public_image_needs_no_grant(image: str) -> None:
    assert statements(image) == {}


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        (f"{REGISTRY}/redis{DIGEST}", "arn:aws:ecr:eu-central-1:123456789012:repository/redis"),
        (f"{REGISTRY}/team/a.b/redis:7.2{DIGEST}", "arn:aws:ecr:eu-central-1:123456789012:repository/team/a.b/redis"),
        (
            f"{REGISTRY.replace('123456789012', '210987654321').replace('central', 'west')}/redis{DIGEST}",
            "arn:aws:ecr:eu-west-1:210987654321:repository/redis",
        ),
    ],
    ids=["of this account", "in a folder and with a tag", "of another account and region"],
)
def test_an_image_in_ecr_is_pulled_from_its_repository_alone(image: str, repository: str) -> None:
    found = statements(image)
    assert (found["LogInToEcr"]["Action"], found["LogInToEcr"]["Resource"]) == ("ecr:GetAuthorizationToken", "*")
    assert found["PullImage"]["Resource"] == repository
    assert set(found["PullImage"]["Action"]) == {
        *("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"),
    }


def test_a_certificate_under_a_key_of_ones_own_is_decrypted_by_way_of_secrets_manager() -> None:
    found = statements(PUBLIC, KEY)["DecryptCertificate"]
    assert (found["Action"], found["Resource"]) == ("kms:Decrypt", KEY)
    assert found["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}}


def test_the_image_that_fetches_backups_is_pulled_from_its_repository_too() -> None:
    found = statements(PUBLIC, fetch_image=f"{REGISTRY}/tools/fetch:2023")
    assert found["PullImage"]["Resource"] == "arn:aws:ecr:eu-central-1:123456789012:repository/tools/fetch"


@pytest.mark.parametrize("images", [(f"{REGISTRY}/redis{DIGEST}", FETCHES), (PUBLIC, f"{REGISTRY}/fetch:1")])
def test_a_proof_pulls_either_image_from_ecr_and_decrypts_no_certificate(images: tuple[str, str]) -> None:
    image, fetch_image = images
    assert set(statements(image, KEY, fetch_image, "ProofExecutionRole")) == {"LogInToEcr", "PullImage"}


def test_an_image_of_valkey_in_ecr_may_be_pulled_too() -> None:
    found = statements(PUBLIC, valkey=f"{REGISTRY}/valkey:8.1{DIGEST}")
    assert found["PullImage"]["Resource"] == "arn:aws:ecr:eu-central-1:123456789012:repository/valkey"
