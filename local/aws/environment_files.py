"""What a container gets in its environment from files in S3, as the ECS agent reads `environmentFiles`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

_FILE = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[^/]+)/(?P<key>.+\.env)")


class FileNotReadableError(Exception):
    """An environment file cannot be read: the task must not start."""


def is_environment_file(file: Mapping[str, str]) -> bool:
    """Whether ECS would take it."""
    return file.get("type") == "s3" and _FILE.fullmatch(file.get("value", "")) is not None


def read(s3: Any, files: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The environment that the files stand for; of a name that is in several the first counts.

    Raises FileNotReadableError.
    """
    environment: dict[str, str] = {}
    for file in files:
        for line in _content(s3, file["value"]).splitlines():
            name, _, value = line.partition("=")
            if name and value and not line.startswith("#"):
                environment.setdefault(name, value)
    return environment


def _content(s3: Any, arn: str) -> str:
    place = _FILE.fullmatch(arn)
    assert place
    try:
        content: bytes = s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    except ClientError as error:
        raise FileNotReadableError(f"unable to download env file {arn}: {error}") from error
    return content.decode()
