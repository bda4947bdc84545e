"""Secrets Manager: plain moto, with the behaviour that the project builds on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.local.aws_cluster import refusal_of
from tests.integration.local.aws_stack import started

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack.client("secretsmanager")


def test_creating_with_the_same_token_and_value_is_one_secret(secrets: Any) -> None:
    first, again = (
        secrets.create_secret(Name="s", SecretString="x", ClientRequestToken=TOKEN)["ARN"] for _ in range(2)
    )

    assert first == again


@pytest.mark.parametrize("changed", [{"SecretString": "y"}, {"ClientRequestToken": TOKEN[::-1]}])
def test_creating_a_secret_with_the_same_token_and_another_value_is_refused(
    secrets: Any, changed: dict[str, str]
) -> None:
    given = {"Name": "s", "SecretString": "x", "ClientRequestToken": TOKEN}
    secrets.create_secret(**given)

    assert refusal_of(lambda: secrets.create_secret(**{**given, **changed}))[0] == "ResourceExistsException"


def test_deleting_without_recovery_frees_the_name_at_once(secrets: Any) -> None:
    secrets.create_secret(Name="s", SecretString="x")

    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)

    assert refusal_of(lambda: secrets.get_secret_value(SecretId="s"))[0] == "ResourceNotFoundException"
    secrets.create_secret(Name="s", SecretString="y")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "y"


def test_deleting_a_missing_secret_with_recovery_is_refused(secrets: Any) -> None:
    assert refusal_of(lambda: secrets.delete_secret(SecretId="s"))[0] == "ResourceNotFoundException"
