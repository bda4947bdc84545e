"""Secrets of declarations in Secrets Manager.

Account keys that the operator keeps for organizations, and how to connect to each declared instance.
"""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.declarations.model import DeclarationRefused
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_SERVICE = "the store of secrets"
_USER = "default"


class SecretsManagerAccountKeys:
    """`prefix` begins the name of each; the organization's id is the rest."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def find(self, organization_id: str) -> str:
        """Raises DeclarationRefused if the operator keeps none, DependencyUnavailable."""
        try:
            with passing_errors_as_unavailable(_SERVICE):
                return self._client.get_secret_value(SecretId=self._prefix + organization_id)["SecretString"].strip()
        except ClientError as error:
            if code_of(error) not in ("ResourceNotFoundException", "InvalidRequestException"):
                raise
        raise DeclarationRefused(
            f"NOT_AUTHORIZED: stacks may not declare instances of {organization_id}: its operator keeps no account key "
            f"in the secret {self._prefix}{organization_id}"
        )


class SecretsManagerKeySecrets:
    """`prefix` begins the name of each; the organization's and the instance's ids are the rest."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def keep(self, organization_id: str, instance_id: str, plain_key: str) -> None:
        name = self._name(organization_id, instance_id)
        text = json.dumps({"username": _USER, "password": plain_key})
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.create_secret(
                    Name=name,
                    Description=f"How to connect to the SwiftCache instance {instance_id}, which a stack declares",
                    SecretString=text,
                    Tags=[{"Key": "swiftcache:instance", "Value": instance_id}],
                )
        except ClientError as error:
            if code_of(error) == "InvalidRequestException":
                raise DeclarationRefused(
                    f"SECRET_BEING_DELETED: somebody has deleted the secret {name}, and AWS keeps it for some days: "
                    "restore it, or delete it with --force-delete-without-recovery"
                ) from error
            if code_of(error) != "ResourceExistsException":
                raise
            self._write(name, text)

    def complete(self, organization_id: str, instance_id: str, host: str, port: int) -> str | None:
        name = self._name(organization_id, instance_id)
        try:
            with passing_errors_as_unavailable(_SERVICE):
                found = self._client.get_secret_value(SecretId=name)
        except ClientError as error:
            # The second: somebody has deleted it, and AWS keeps it for some days.
            if code_of(error) in ("ResourceNotFoundException", "InvalidRequestException"):
                return None
            raise
        key = json.loads(found["SecretString"])["password"]
        url = f"rediss://{_USER}:{key}@{host}:{port}"
        text = json.dumps({"username": _USER, "password": key, "host": host, "port": port, "url": url})
        # A secret holds some hundred versions of a day: none is spent on what is there already.
        if text != found["SecretString"]:
            self._write(name, text)
        return found["ARN"]

    def forget(self, organization_id: str, instance_id: str) -> None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                # Without a recovery window: with its instance, the key opens nothing any more.
                self._client.delete_secret(
                    SecretId=self._name(organization_id, instance_id), ForceDeleteWithoutRecovery=True
                )
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise

    def _write(self, name: str, text: str) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.put_secret_value(SecretId=name, SecretString=text)

    def _name(self, organization_id: str, instance_id: str) -> str:
        return f"{self._prefix}{organization_id}/{instance_id}"
