"""The documented command that makes an organization and its first account key, and what its key cannot reach."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.api import Api, Created
from tests.e2e.stack import PROJECT, Stack


@pytest.fixture(scope="module")
def newcomer(stack: Stack) -> Api:
    """Another organization's account."""
    environment = {
        **os.environ,
        "TABLE_NAME": stack.outputs()["TableName"],
        "AWS_ENDPOINT_URL": stack.facts["awsEndpointUrl"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "PYTHONPATH": str(PROJECT / "layers" / "shared"),
    }
    command = [sys.executable, "-m", "swiftcache.organizations.first_key", "Acme"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    printed = json.loads(done.stdout)
    return Api(stack.facts["apiUrl"], printed["token"], printed["organizationId"])


@pytest.fixture(scope="module")
def others(api: Api) -> Iterator[Created]:
    """An instance of the first organization."""
    created = api.create()
    yield created
    api.delete(created.id)


def test_the_first_key_opens_an_empty_organization(newcomer: Api) -> None:
    assert newcomer.instances() == []


def test_another_organizations_instance_is_not_there(newcomer: Api, others: Created) -> None:
    assert newcomer.get(others.id).status_code == 404


def test_another_organizations_instance_cannot_be_deleted(newcomer: Api, api: Api, others: Created) -> None:
    assert newcomer.delete(others.id).status_code == 404
    assert api.status(others.id) in ("PROVISIONING", "RUNNING")


def test_another_organizations_instances_cannot_be_listed(newcomer: Api, api: Api) -> None:
    answer = newcomer.send("GET", "/instances", params={"organizationId": api.organization_id})
    assert answer.status_code == 404


def test_a_key_that_nobody_made_is_refused(api: Api, others: Created) -> None:
    stranger = Api(api.url, "sk_live_00000000000000000000000000000000", api.organization_id)
    assert stranger.get(others.id).status_code == 401
