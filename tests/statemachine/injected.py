"""What the functions are given in these tests: clients of AWS in this process, and the machines' time."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config

from local.aws.dispatch import REGION
from swiftcache.platform.aws import epoch, session, sleep
from tests.statemachine.clock import hurried_epoch, hurried_sleep


def injected(client: Callable[[str], Any], endpoint_url: str) -> dict[Any, Any]:
    """`client` makes one without HTTP. That of S3 makes links, and tasks follow them: it has the address."""

    def of(service: str, config: Config) -> Any:
        if service != "s3":
            return client(service)
        return boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=REGION,
            config=config,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    return {session: SimpleNamespace(client=of), epoch: hurried_epoch(), sleep: hurried_sleep}
