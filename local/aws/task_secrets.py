"""What a container gets in its environment from Secrets Manager, as the ECS agent resolves `secrets`."""

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from botocore.exceptions import ClientError


class SecretNotReadableError(Exception):
    """A secret of a task definition cannot be resolved: the task must not start."""


def resolve(secrets_manager: Any, secrets: list[Mapping[str, str]]) -> dict[str, str]:
    """The environment that the container definition's `secrets` stand for. Raises SecretNotReadableError."""
    read = cache(partial(_read, secrets_manager))  # a secret is read once, however many of its members are wanted
    return {secret["name"]: _value(read, secret["valueFrom"]) for secret in secrets}


def _value(read: Callable[[str, str, str], str], source: str) -> str:
    """The text at `arn:aws:secretsmanager:<region>:<account>:secret:<name>[:key[:version-stage[:version-id]]]`."""
    parts = source.split(":")
    if parts[2:3] != ["secretsmanager"]:
        raise SecretNotReadableError(f"the local stack reads no secret from {source}")
    arn = ":".join(parts[:7])
    key, stage, version = [*parts[7:], "", "", ""][:3]
    text = read(arn, stage, version)
    return _member(text, key, arn) if key else text


def _read(secrets_manager: Any, arn: str, stage: str, version: str) -> str:
    about = {"VersionStage": stage, "VersionId": version}
    try:
        found = secrets_manager.get_secret_value(
            SecretId=arn, **{name: value for name, value in about.items() if value}
        )
        return str(found["SecretString"])
    except ClientError as error:
        raise SecretNotReadableError(f"failed to fetch secret {arn} from secrets manager: {error}") from error
    except KeyError:
        raise SecretNotReadableError(f"secret {arn} holds no text") from None


def _member(text: str, key: str, arn: str) -> str:
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise SecretNotReadableError(
            f"retrieved secret from Secrets Manager did not contain json key {key}: {arn}"
        ) from None
    return value if isinstance(value, str) else json.dumps(value)
