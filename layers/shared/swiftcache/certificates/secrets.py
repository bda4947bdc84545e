"""Two secrets: the certificate that tasks are started with, and our account with the authority."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.certificates.model import (
    AccountBinding,
    AcmeAccount,
    Bundle,
    PendingOrder,
    RenewalCode,
    RenewalFailed,
)
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_SERVICE = "the store of secrets"


class SecretsManagerCertificate:
    """In the form that tasks take: `certificate`, `privateKey`, `authority`. `arn` is the secret's."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def read(self) -> Bundle | None:
        text = secret_text(self._client, self._arn)
        if text is None:
            return None
        try:
            found = json.loads(text)
            if not found:
                return None
            return Bundle(str(found["certificate"]), str(found["privateKey"]), str(found["authority"]))
        except (ValueError, KeyError, TypeError):
            raise RenewalFailed(
                RenewalCode.CERTIFICATE_UNREADABLE,
                "the certificate's secret is no JSON with certificate, privateKey and authority",
            ) from None

    def write(self, bundle: Bundle) -> None:
        content = {
            "certificate": bundle.certificate,
            "privateKey": bundle.private_key,
            "authority": bundle.authority,
        }
        with passing_errors_as_unavailable(_SERVICE):
            self._client.put_secret_value(SecretId=self._arn, SecretString=json.dumps(content))


class SecretsManagerAccount:
    """`arn` is the secret's."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def load(self) -> AcmeAccount | None:
        text = secret_text(self._client, self._arn)
        if text is None:
            return None
        found = json.loads(text)
        order = found["order"]
        return AcmeAccount(found["key"], PendingOrder(**{**order, "names": tuple(order["names"])}) if order else None)

    def store(self, account: AcmeAccount) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.put_secret_value(SecretId=self._arn, SecretString=json.dumps(asdict(account)))


def secret_text(client: "SecretsManagerClient", arn: str) -> str | None:
    """None for a secret to which nothing was written. Raises DependencyUnavailable."""
    try:
        with passing_errors_as_unavailable(_SERVICE):
            return client.get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise


def account_binding(client: "SecretsManagerClient", arn: str) -> AccountBinding:
    """What the operator has from the authority: {"keyId": "…", "macKey": "<base64url>"}. Raises RenewalFailed."""
    try:
        found = json.loads(secret_text(client, arn) or "")
        return AccountBinding(str(found["keyId"]), str(found["macKey"]))
    except (ValueError, KeyError, TypeError):
        raise RenewalFailed(
            RenewalCode.CERTIFICATE_UNREADABLE, "the secret of the account's binding is no JSON with keyId and macKey"
        ) from None
