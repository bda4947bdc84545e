"""The signing secret of each webhook, in Secrets Manager."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_SERVICE = "the store of secrets"


class SecretsManagerSigningSecrets:
    """`prefix` begins the name of every webhook's secret."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def keep(self, webhook_id: str, secret: str) -> None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.create_secret(
                    Name=self._prefix + webhook_id,
                    Description="Signs what SwiftCache sends to a webhook",
                    SecretString=secret,
                )
        except ClientError as error:
            # Nobody else can have made it: an earlier try of this request did, and made the same.
            if code_of(error) != "ResourceExistsException":
                raise

    def find(self, webhook_id: str) -> str | None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                return self._client.get_secret_value(SecretId=self._prefix + webhook_id)["SecretString"]
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise

    def forget(self, webhook_id: str) -> None:
        try:
            with passing_errors_as_unavailable(_SERVICE):
                # Without a recovery window: the secret goes with its webhook.
                self._client.delete_secret(SecretId=self._prefix + webhook_id, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
