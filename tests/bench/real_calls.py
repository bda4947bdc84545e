"""What the functions really call: the whole service in one process, and each call that a function makes to AWS noted.

How often a function is invoked and what it calls does not depend on how long AWS takes; so this is counted from the
real handlers, and only the rounds of the machines' loops are from the model.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from swiftcache.access.identity import Caller, Role
from swiftcache.organizations.model import DEFAULT_LIMITS
from swiftcache.organizations.service import create_organization
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import now
from tests.bench.dynamodb_units import Index, Item, read_units, write_units
from tests.samples import a_caller
from tests.statemachine.cloud import ROOT, Cloud, wait_for
from tests.statemachine.model import kill_task

SERVICES = ("dynamodb", "stepfunctions", "secretsmanager", "events", "kms", "lambda")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
QUIET_SECONDS = 0.5
"""Nothing is called for so long: all that hears of an operation has heard."""


@dataclass
class Made:
    """What an operation made the functions do.

    `invocations` counts functions by their logical ids, `calls` what they called (`service:Operation`); `writes` and
    `reads` are DynamoDB's request units, `events` what was put on the bus, in however few calls.
    """

    invocations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    writes: float = 0.0
    reads: float = 0.0
    events: int = 0


class CountingCloud(Cloud):
    """The service, and what its functions did since `made` was last set."""

    def __init__(self, home: Path) -> None:
        self.made = Made()
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._token = ""
        super().__init__(home)
        described = self.client("dynamodb").describe_table(TableName=self.stack.outputs["TableName"])["Table"]
        self._indexes = [Index.of(index) for index in _all_indexes(described)]
        for service in SERVICES:
            events = self.client(service).meta.events
            events.register(f"provide-client-params.{service}", self._before)
            events.register(f"after-call.{service}", self._after)

    def invoke(self, function: str, payload: object) -> object:
        name = function.split(":function:")[-1].split(":")[0]
        [logical_id] = [key for key, found in self.stack.functions.items() if found.name == name]
        with self._lock:
            self.made.invocations[logical_id] += 1
        outer = getattr(self._thread, "function", "")
        self._thread.function = logical_id
        try:
            return super().invoke(function, payload)
        finally:
            self._thread.function = outer

    def request(self, event: str, instance_id: str = "", **changes: Any) -> Any:
        """Sends a sample request as the organization; the answer's body."""
        text = (ROOT / "events" / f"{event}.json").read_text().replace("inst_abc123xyz", instance_id)
        sent = json.loads(text.replace("org_123", self.caller.organization_id))
        sent["headers"]["authorization"] = f"Bearer {self._token}"
        answer: Any = self.invoke(self.stack.functions["ApiFunction"].name, sent | changes)
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"] or "null")

    def settle(self) -> None:
        """Waits until nothing is called any more."""
        last = (-1, 0.0)
        while last[0] != (count := self.made.calls.total()) or time.monotonic() - last[1] < QUIET_SECONDS:
            if last[0] != count:
                last = (count, time.monotonic())
            time.sleep(0.02)

    def _organization(self) -> Caller:
        created = create_organization(
            accounts(self.injector), a_caller(), "Counted", DEFAULT_LIMITS, Role.OWNER, now(self.injector)()
        )
        self._token = created.plain_key
        return a_caller(organization_id=created.organization.id, key_id=created.key.id, member_id=created.owner.id)

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if not getattr(self._thread, "function", "") or getattr(self._thread, "looking", False):
            return
        with self._lock:
            self.made.calls[f"{model.service_model.service_name}:{model.name}"] += 1
            if model.name == "PutEvents":
                self.made.events += len(params["Entries"])
        context["params"] = params
        if model.name in WRITES:
            context["before"] = [self._item(params_of) for params_of in _written(model.name, params)]

    def _after(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params = context.get("params")
        if params is None or model.service_model.service_name != "dynamodb":
            return
        writes, reads = 0.0, 0.0
        if model.name in WRITES:
            after = [self._item(params_of) for params_of in _written(model.name, params)]
            units = (write_units(old, new, self._indexes) for old, new in zip(context["before"], after, strict=True))
            writes = sum(units) * (2 if model.name == "TransactWriteItems" else 1)
        else:
            found = [parsed["Item"]] if "Item" in parsed else parsed.get("Items", [])
            reads = read_units(found, bool(params.get("ConsistentRead")))
        with self._lock:
            self.made.writes += writes
            self.made.reads += reads

    def _item(self, key: Item) -> Item | None:
        """The item as it is, without being counted."""
        self._thread.looking = True
        try:
            table = self.stack.outputs["TableName"]
            found = self.client("dynamodb").get_item(TableName=table, Key=dict(key), ConsistentRead=True)
            item: Item | None = found.get("Item")
            return item
        finally:
            self._thread.looking = False


def _written(operation: str, params: dict[str, Any]) -> list[Item]:
    """The keys of what a write writes."""
    if operation == "TransactWriteItems":
        return [_key(next(iter(write.values()))) for write in params["TransactItems"]]
    return [_key(params)]


def _key(write: dict[str, Any]) -> Item:
    of = write.get("Key") or write["Item"]
    return {"PK": of["PK"], "SK": of["SK"]}


def _all_indexes(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [*table.get("LocalSecondaryIndexes", []), *table.get("GlobalSecondaryIndexes", [])]


def count(say: Callable[[str], None]) -> dict[str, Made]:
    """What each operation makes the functions do, by its name."""
    found: dict[str, Made] = {}
    with _cloud() as cloud:
        # The key's first use is noted; later ones are not for a while.
        cloud.request("list_instances", queryStringParameters={"organizationId": cloud.caller.organization_id})

        @contextmanager
        def counting(operation: str) -> Iterator[None]:
            cloud.settle()
            cloud.made = found[operation] = Made()
            yield
            cloud.settle()
            say(f"{operation}: {found[operation].invocations.total()} invocations")

        with counting("cold create"):
            instance_id = cloud.request("create_instance")["instance"]["id"]
            cloud.wait(instance_id, "RUNNING")
        with counting("resize"):
            cloud.request("change_instance", instance_id, body=json.dumps({"maxMemory": 2 * 1024**3}))
            wait_for(lambda: not cloud.changing(instance_id), 60)
        with counting("recovery"):
            instance = cloud.find(instance_id)
            assert instance
            kill_task(cloud, instance)
            wait_for(lambda: _recovered(cloud, instance_id), 60)
        with counting("delete"):
            cloud.request("delete_instance", instance_id)
            cloud.wait(instance_id, "GONE")
    return found


def _recovered(cloud: Cloud, instance_id: str) -> bool:
    instance = cloud.find(instance_id)
    return instance is not None and instance.recovery is not None and not instance.recovering


@contextmanager
def _cloud() -> Iterator[CountingCloud]:
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    with TemporaryDirectory(prefix="swiftcache-bench-") as home:
        cloud = CountingCloud(Path(home))
        try:
            yield cloud
        finally:
            cloud.close()
