"""The API function on real adapters, where it can die at each of its calls to AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.stack import NO_IMAGE
from swiftcache.backups.wiring import backup_starter
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.stores import instances as instances_provider
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import clock, session
from swiftcache.platform.tokens import sha256
from swiftcache.provisioning.wiring import workflows
from tests.api_world import ORGANIZATION, TOKEN, Answer, deliver
from tests.fakes.backups import FakeBackupStarter
from tests.fakes.injector import FakeInjector
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import an_account
from tests.tables import create_table


def moments(calls: list[str]) -> list[Any]:
    return [
        pytest.param(number, when, id=f"{when} {number} {call}")
        for number, call in enumerate(calls)
        for when in ("before-call", "after-call")
    ]


LATER = timedelta(seconds=15)
"""When a lock has run out."""


class Died(BaseException):
    """The function's process ends here and now."""


class World:
    """`calls` are those made since it was last emptied."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {
            "dynamodb": boto3.client("dynamodb", region_name="eu-central-1"),
            "kms": boto3.client("kms", region_name="eu-central-1"),
            "secretsmanager": boto3.client("secretsmanager", region_name="eu-central-1"),
        }
        self.calls: list[str] = []
        self.interruption: Callable[[int, str], None] = lambda number, when: None
        create_table(self.clients["dynamodb"], "table")
        self.environment = {
            "TABLE_NAME": "table",
            "WARM_POOL": "",
            "NETWORK_MODE": "public",
            "REDIS_IMAGE": NO_IMAGE,
            "VALKEY_IMAGE": "",
            "DOMAIN_NAME": "example.com",
            "SEAL_KEY_ARN": self.clients["kms"].create_key()["KeyMetadata"]["Arn"],
        }
        self.workflows = FakeWorkflows()
        self.time = datetime.now(UTC)
        self.injector = FakeInjector(
            self.environment,
            {
                session: SimpleNamespace(client=lambda service, config: self.clients[service]),
                workflows: self.workflows,
                backup_starter: FakeBackupStarter(),
                clock: lambda: self.time,
            },
        )
        an_account(accounts(self.injector), ORGANIZATION, TOKEN)
        # So that no request has to note that the key was used.
        accounts(self.injector).record_use(sha256(TOKEN), "9999")
        for service, client in self.clients.items():
            client.meta.events.register(f"before-call.{service}", self._before)
            client.meta.events.register(f"after-call.{service}", self._after)

    def _before(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        self.interruption(len(self.calls) - 1, "before-call")

    def _after(self, **_: Any) -> None:
        self.interruption(len(self.calls) - 1, "after-call")

    def create(self) -> Answer:
        return self.send("create_instance")

    def delete(self) -> Answer:
        return self.send("delete_instance")

    def send(self, name: str, key: str = "once", **changes: Any) -> Answer:
        """`key` is the Idempotency-Key."""
        self.calls.clear()
        return Answer(deliver(self.injector, name, headers={"idempotency-key": key}, **changes))

    def dies(self, request: Callable[[], Answer], number: int, when: str) -> None:
        def die(at: int, moment: str) -> None:
            if (at, moment) == (number, when):
                raise Died

        self.interruption = die
        with pytest.raises(Died):
            request()
        self.interruption = lambda number, when: None

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.clients["dynamodb"].scan(TableName="table")["Items"]
        return found

    def audit(self) -> list[str]:
        return [item["action"]["S"] for item in self.items() if item["PK"]["S"].startswith("AUDIT#")]

    def instances(self) -> list[Instance]:
        return list(instances_provider(self.injector).page(ORGANIZATION, 100, None).instances)

    def started(self) -> set[str]:
        """The instances whose workflows were started."""
        return {target.instance_id for _, target, *_ in self.workflows.started if isinstance(target, Target)}

    def left(self) -> int:
        [organization] = [item for item in self.items() if item["SK"]["S"] == "ORG"]
        return int(organization["instanceLimit"]["N"]) - int(organization["instancesLeft"]["N"])


@contextmanager
def started() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield World()
