"""The certificate's secret: there, under a key that the tasks may use, and readable."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, code, unexpected
from local.preflight.certificate import of_secret
from local.preflight.lines import Line, fail, ok, warn
from local.preflight.plan import Plan, is_secret

_CREATE = "aws secretsmanager create-secret --name swiftcache-certificate --secret-string file://certificate.json"


def secret(clients: Clients, plan: Plan) -> Iterator[Line]:
    """It is there, and its ARN is the whole one: IAM compares all of it."""
    arn, subject = plan.parameter("CertificateSecretArn"), "certificate's secret"
    if not is_secret(arn):
        return
    try:
        found = ask(clients("secretsmanager", _region(arn)), "describe_secret", SecretId=arn)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        yield fail(subject, f"there is no {arn}", "Make it (docs/deploy.md, step 2):", _CREATE)
        return
    if "DeletedDate" in found:
        yield fail(
            subject,
            f"{found['Name']} will be deleted",
            "Restore it, or make another:",
            f"aws secretsmanager restore-secret --secret-id {arn}",
        )
    elif found["ARN"] != arn:
        yield fail(
            subject,
            "the ARN lacks the six characters at its end, and the tasks may read only what it names",
            f"Wanted is CertificateSecretArn={found['ARN']}",
        )
    elif _region(arn) != plan.region:
        yield warn(subject, f"{found['Name']} is in {_region(arn)}: without it no task starts here", "Copy it here.")
    else:
        yield ok(subject, f"{found['Name']} is there")


def key(clients: Clients, plan: Plan) -> Iterator[Line]:
    """CertificateKeyArn is the KMS key of the secret, if that is one of the operator's."""
    arn, given, subject = plan.parameter("CertificateSecretArn"), plan.parameter("CertificateKeyArn"), "secret's key"
    if not is_secret(arn):
        return
    described = _described(clients, arn)
    if described is None:
        return
    own = _own_key(clients, described.get("KmsKeyId", ""), _region(arn))
    if own is None and given:
        yield warn(subject, "the secret is not under CertificateKeyArn but under aws/secretsmanager", "Leave it empty.")
    elif own is None:
        yield ok(subject, "aws/secretsmanager, so CertificateKeyArn is empty")
    elif own["Arn"] != given:
        yield fail(
            subject,
            f"the secret is under a KMS key of yours, and CertificateKeyArn is {given or 'empty'}",
            f"Wanted is CertificateKeyArn={own['Arn']}",
        )
    elif own["KeyState"] != "Enabled":
        yield fail(subject, f"it is {own['KeyState']}", "Enable it:", f"aws kms enable-key --key-id {own['KeyId']}")
    else:
        yield ok(subject, "the one that CertificateKeyArn names")


def certificate(clients: Clients, plan: Plan) -> Iterator[Line]:
    """What is in the secret."""
    arn = plan.parameter("CertificateSecretArn")
    described = _described(clients, arn) if is_secret(arn) else None
    if described is None:
        return
    try:
        text = ask(clients("secretsmanager", _region(arn)), "get_secret_value", SecretId=arn).get("SecretString", "")
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise unexpected(error) from error
        text = ""  # it is there, and nothing was written to it
    if plan.parameter("AcmeDirectoryUrl") and text.strip() in ("", "{}"):
        yield warn(
            "certificate",
            "there is none yet: it is issued after the deployment",
            "Until then no instance becomes RUNNING (docs/deploy.md, step 2).",
        )
        return
    yield from of_secret(described["Name"], text, plan.domain, plan.now, plan.trusted)


def _described(clients: Clients, arn: str) -> dict[str, Any] | None:
    """None where `secret` says that there is none."""
    try:
        found = ask(clients("secretsmanager", _region(arn)), "describe_secret", SecretId=arn)
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            return None
        raise
    return None if "DeletedDate" in found else found


def _own_key(clients: Clients, key_id: str, region: str) -> dict[str, Any] | None:
    """The KMS key, if it is a customer's. Secrets Manager names none where it is its own."""
    if not key_id:
        return None
    found: dict[str, Any] = ask(clients("kms", region), "describe_key", KeyId=key_id)["KeyMetadata"]
    return found if found["KeyManager"] == "CUSTOMER" else None


def _region(arn: str) -> str:
    return arn.split(":")[3]
