"""The secret of each instance: its ACL file, which the task reads, and the control user's password, which we read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of
from swiftcache.platform.errors import DependencyUnavailable, NotFound
from swiftcache.redis.control_passwords import ControlPasswords, Stage, StoredCredentials

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef


class SecretsManagerCredentials:
    """`prefix` begins the name of every instance's secret; the state machine that deletes them knows it too."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def issue(self, instance_id: str, acl: str, control_password: str, restore_link: str | None = None) -> str:
        name = self._prefix + instance_id
        link = {"restoreLink": restore_link} if restore_link is not None else {}
        secret = json.dumps({"acl": acl, "controlPassword": control_password, **link})
        try:
            return self._client.create_secret(
                Name=name,
                Description="ACL of a SwiftCache instance",
                SecretString=secret,
                Tags=[{"Key": "swiftcache:instance", "Value": instance_id}],
            )["ARN"]
        except ClientError as error:
            # AWS takes a moment to forget the one that an undeleted instance had before.
            if code_of(error) == "InvalidRequestException":
                raise DependencyUnavailable(f"the last secret of {instance_id} is not gone yet") from error
            if code_of(error) != "ResourceExistsException":
                raise
        return self._client.put_secret_value(SecretId=name, SecretString=secret)["ARN"]

    def control_password(self, instance_id: str) -> str:
        return self.control_passwords(instance_id).current

    def control_passwords(self, instance_id: str) -> ControlPasswords:
        return self.stored(instance_id).passwords

    def stored(self, instance_id: str) -> StoredCredentials:
        found: dict[str, str] = json.loads(self._read(instance_id)["SecretString"])
        passwords = ControlPasswords(
            found["controlPassword"],
            found.get("otherControlPassword"),
            Stage(found.get("stage", Stage.SETTLED)),
            found.get("stageSince"),
        )
        return StoredCredentials(found["acl"], passwords, found.get("restoreLink"))

    def secret_arn(self, instance_id: str) -> str:
        return self._read(instance_id)["ARN"]

    def rewrite(self, instance_id: str, before: StoredCredentials, after: StoredCredentials) -> None:
        # A secret holds some hundred versions of a day: none is spent on what is there already.
        if after == before:
            return
        passwords = after.passwords
        values = {
            "acl": after.acl,
            "controlPassword": passwords.current,
            "otherControlPassword": passwords.other,
            "stage": passwords.stage.value if passwords.since else None,
            "stageSince": passwords.since,
            "restoreLink": after.restore_link,
        }
        wanted = {name: value for name, value in values.items() if value is not None}
        with _missing_as_not_found(instance_id):
            self._client.put_secret_value(SecretId=self._prefix + instance_id, SecretString=json.dumps(wanted))

    def _read(self, instance_id: str) -> "GetSecretValueResponseTypeDef":
        with _missing_as_not_found(instance_id):
            return self._client.get_secret_value(SecretId=self._prefix + instance_id)


@contextmanager
def _missing_as_not_found(instance_id: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            raise NotFound(f"there are no credentials for {instance_id}") from error
        raise
