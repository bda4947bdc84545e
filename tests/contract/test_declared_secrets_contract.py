"""What every store of declared instances' secrets does: that in Secrets Manager, and the fake that other tests use."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from swiftcache.declarations.model import DeclarationRefused
from swiftcache.declarations.ports import KeySecrets
from swiftcache.declarations.secrets import SecretsManagerAccountKeys, SecretsManagerKeySecrets
from tests.fakes.declarations import FakeKeySecrets

OWNER, INSTANCE, HOST, PORT = "org_1", "inst_a1", "a1.redis.example.com", 6379


@pytest.fixture
def client() -> Any:
    return boto3.client("secretsmanager", region_name="eu-central-1")


@pytest.fixture(params=["memory", "secrets manager"])
def secrets(request: pytest.FixtureRequest, client: Any) -> KeySecrets:
    return FakeKeySecrets() if request.param == "memory" else SecretsManagerKeySecrets(client, "stack/declared/")


def value(secrets: KeySecrets, client: Any) -> dict[str, Any]:
    if isinstance(secrets, FakeKeySecrets):
        return secrets.values[OWNER, INSTANCE]
    found: dict[str, Any] = json.loads(
        client.get_secret_value(SecretId=f"stack/declared/{OWNER}/{INSTANCE}")["SecretString"]
    )
    return found


def test_a_secret_says_how_to_connect_once_that_is_known(secrets: KeySecrets, client: Any) -> None:
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    arn = secrets.complete(OWNER, INSTANCE, HOST, PORT)
    assert arn
    assert INSTANCE in arn
    assert value(secrets, client) == {
        "username": "default",
        "password": "sc_live_1",
        "host": HOST,
        "port": PORT,
        "url": f"rediss://default:sc_live_1@{HOST}:{PORT}",
    }


def test_keeping_and_completing_again_change_nothing(secrets: KeySecrets, client: Any) -> None:
    for _ in range(2):
        secrets.keep(OWNER, INSTANCE, "sc_live_1")
    first = secrets.complete(OWNER, INSTANCE, HOST, PORT)
    before = value(secrets, client)
    assert (secrets.complete(OWNER, INSTANCE, HOST, PORT), value(secrets, client)) == (first, before)


def test_another_key_takes_the_place_of_the_first(secrets: KeySecrets, client: Any) -> None:
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    secrets.keep(OWNER, INSTANCE, "sc_live_2")
    secrets.complete(OWNER, INSTANCE, HOST, PORT)
    assert value(secrets, client)["password"] == "sc_live_2"


def test_what_is_not_there_is_not_completed_and_is_forgotten_again(secrets: KeySecrets) -> None:
    assert secrets.complete(OWNER, INSTANCE, HOST, PORT) is None
    secrets.forget(OWNER, INSTANCE)
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    secrets.forget(OWNER, INSTANCE)
    assert secrets.complete(OWNER, INSTANCE, HOST, PORT) is None


def test_another_organizations_secret_of_the_same_instance_is_another(secrets: KeySecrets) -> None:
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    secrets.forget("org_2", INSTANCE)
    assert secrets.complete("org_2", INSTANCE, HOST, PORT) is None
    assert secrets.complete(OWNER, INSTANCE, HOST, PORT)


def test_a_secret_that_is_as_it_should_be_gets_no_further_version(client: Any) -> None:
    secrets = SecretsManagerKeySecrets(client, "stack/declared/")
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    for _ in range(3):
        secrets.complete(OWNER, INSTANCE, HOST, PORT)
    name = f"stack/declared/{OWNER}/{INSTANCE}"
    assert len(client.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]) == 2


def test_a_secret_that_somebody_has_deleted_for_later_is_not_there(client: Any) -> None:
    secrets = SecretsManagerKeySecrets(client, "stack/declared/")
    secrets.keep(OWNER, INSTANCE, "sc_live_1")
    client.delete_secret(SecretId=f"stack/declared/{OWNER}/{INSTANCE}")
    assert secrets.complete(OWNER, INSTANCE, HOST, PORT) is None
    # moto makes another one under the same name; AWS does not.
    with Stubber(client) as refusing:
        refusing.add_client_error("create_secret", "InvalidRequestException")
        with pytest.raises(DeclarationRefused, match=r"SECRET_BEING_DELETED: .*restore it, or delete it with --force"):
            secrets.keep(OWNER, INSTANCE, "sc_live_2")


def test_the_account_key_is_what_the_operator_keeps_for_the_organization(client: Any) -> None:
    client.create_secret(Name=f"stack/declaring/{OWNER}", SecretString="sk_live_1\n")
    keys = SecretsManagerAccountKeys(client, "stack/declaring/")
    assert keys.find(OWNER) == "sk_live_1"
    with pytest.raises(DeclarationRefused, match="NOT_AUTHORIZED: stacks may not declare instances of org_2"):
        keys.find("org_2")
