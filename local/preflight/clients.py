"""boto3 clients with the operator's credentials, which give up soon: a person waits."""

import threading
from typing import Any

import boto3
from botocore.config import Config

from local.preflight.wanted import Wanted

_CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})


def region_of(said: Wanted) -> str:
    """Where to deploy: as said, else as the environment or the profile has it. Empty if nobody says."""
    return said.region or boto3.Session(profile_name=said.profile or None).region_name or ""


class AwsClients:
    """Makes one client for each service and region. Threads may share it."""

    def __init__(self, profile: str, region: str) -> None:
        self._session = boto3.Session(profile_name=profile or None, region_name=region)
        self._region = region
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str, region: str | None = None) -> Any:
        """The client of a service, by boto3's name of it."""
        key = service, region or self._region
        with self._lock:
            if key not in self._made:
                make: Any = self._session.client  # typed for names known beforehand
                self._made[key] = make(service, region_name=key[1], config=_CONFIG)
            return self._made[key]
