"""All that a request can change, in a form in which two runs of the same request can be compared."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.journeys import LONGEST_WAIT_SECONDS
from tests.faults.verdict import Complaint, Kind
from tests.statemachine.clock import FastClock
from tests.statemachine.cloud import Cloud

Items = Mapping[str, object]
Delta = Counter[str]
"""What has come and gone; each without what is new in each run."""

STABLE_SECONDS = 12
PATIENCE_SECONDS = 400
"""Of the machines' time, which goes slower on a busy computer."""

NEW_EACH_TIME = (
    (r"\b(sk_live|sc_live)_\w+", r"\1"),
    (r"\b(audit|bkp|chg|evt|inst|key|mem|org|rol|wh)_[0-9A-Za-z]+", r"\1"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "time"),
    (r"\d{8}T\d{6}Z", "time"),
    (r"_\d{13}\b", "_generation"),
    (r"\b[0-9a-f]{32,64}\b", "hash"),
    (r"\b[0-9A-Za-z]{10,}\.redis\.", "host.redis."),
    (r"arn:aws:[^\"]+", "arn"),
    (r"\b127\.\d+\.\d+\.\d+\b", "address"),
    (r"^\d{10,}$", "moment"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "version"),
)

NUMBERS_NEW_EACH_TIME = ("backupBytes", "durationMs", "port", "seconds", "sizeBytes", "usedMemory")
"""Of a backup also its keys: one that was written to try Redis may be there, or have gone with its time."""


class World:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def items(self) -> Items:
        """Everything that there is, each by what tells it from others."""
        return dict([*self._table(), *self._secrets(), *self._executions()])

    def delta(self, before: Items) -> Delta:
        """What has changed since."""
        now = self.items()
        found: Delta = Counter()
        for sign, these, those in (("+", now, before), ("-", before, now)):
            found.update(f"{sign} {plain(thing)}" for name, thing in these.items() if those.get(name) != thing)
        return found

    def settle(self, before: Items, wanted: Delta | None) -> None:
        """Waits until nothing changes any more, or all that is `wanted` has."""
        speed = FastClock.speed
        end = time.monotonic() + (PATIENCE_SECONDS / speed if wanted is not None else LONGEST_WAIT_SECONDS)
        seen: Delta | None = None
        since = time.monotonic()
        while time.monotonic() < end:
            # What has changed takes long to find, and matters only when nothing is under way any more.
            still = not self._cloud.running() and not self._under_way()
            now = self.delta(before) if still else None
            if now is None or now != seen:
                seen, since = now, time.monotonic()
            elif wanted == now or (wanted is None and time.monotonic() - since > STABLE_SECONDS / speed):
                return
            time.sleep(0.02)

    def compare(self, before: Items, wanted: Delta) -> Iterator[Complaint]:
        """What is otherwise than it would be if the request had come once."""
        now = self.delta(before)
        more, less = now - wanted, wanted - now
        for text in [text for text in more if SESSION in text and text in wanted]:
            # The cookie of an answer that nobody heard is nowhere, so nobody can use the session, which ends by itself.
            del more[text]
        if more or less:
            leaked = any(text.startswith("+ {'secret'") for text in more)
            yield Complaint(Kind.LEAK if leaked else Kind.COUNT, f"more: {sorted(more)}, less: {sorted(less)}")

    def _under_way(self) -> bool:
        """Whether an instance or an organization is on its way, or Redis has not yet what the record says."""
        return any(
            UNDER_WAY.search(repr(item)) or (_runs(item) and item.get("revision") != item.get("appliedRevision"))
            for item in self._cloud.items()
            if item["PK"]["S"].startswith("ORG#") and item["SK"]["S"].startswith(("INSTANCE#", "ORG"))
        )

    def holds(self, text: str) -> bool:
        """Whether it is in the table."""
        return any(text in json.dumps(item, default=repr) for _, item in self._table())

    def _table(self) -> Iterator[tuple[str, object]]:
        for item in self._cloud.items():
            name = f"{item['PK']['S']} {item['SK']['S']}"
            if (
                name.startswith(WITHOUT_MEANING)
                or MAINTENANCE in name
                or (name.startswith(WAITS) and "token" not in item)
            ):
                continue
            yield name, _decided(item)

    def _secrets(self) -> Iterator[tuple[str, object]]:
        client = self._cloud.client("secretsmanager")
        for secret in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
            yield secret["ARN"], {"secret": secret["Name"]}

    def _executions(self) -> Iterator[tuple[str, object]]:
        for name, status, _ in self._cloud.ended():
            yield name, {"execution": name, "status": status}


def _runs(item: Mapping[str, Any]) -> bool:
    return bool(item.get("status") == {"S": "RUNNING"})


UNDER_WAY = re.compile("'(PROVISIONING|DELETING|IN_PROGRESS)'")

WITHOUT_MEANING = ("BACKUPS ENGINE", "CREATIONS", "IDEMPOTENCY#", "METRICS#", "RECONCILER", "RECORD_CHANGES WRITER")
"""Items that say nothing about what the request has done: of passes, or that the stream writes at its leisure."""

MAINTENANCE = " MAINTENANCE#"
"""When something is due. What is done, a pass forgets with it at its leisure."""

SESSION = "'SESSION#"

WAITS = "WAIT#"
"""Items of these partitions say who waits, by a token, and what was last seen, which is kept in case somebody asks."""


def _decided(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what a scrape has seen of its task, at its leisure, and the maintenance of one that serves no more.

    A backup and a receipt keep the instance as it was.
    """
    left = {name: value for name, value in item.items() if name != "observed"}
    for kept in ("source", "instance"):
        if "M" in left.get(kept, {}):
            left[kept] = {"M": _decided(left[kept]["M"])}
    if "pendingMaintenance" in left and "endpoint" in left:
        serving = left["endpoint"]["M"]["task"]
        pending = [one for one in left.pop("pendingMaintenance")["L"] if one["M"]["task"] == serving]
        if pending:
            left["pendingMaintenance"] = {"L": pending}
    return left


def plain(thing: object) -> str:
    """As text, without what is new each time, and with the parts of each map in an order that does not depend on it."""
    if isinstance(thing, dict):
        parts = (f"{plain(name)}: {'new' if _is_new(name, part) else plain(part)}" for name, part in thing.items())
        return f"{{{', '.join(sorted(parts))}}}"
    if isinstance(thing, list):
        return f"[{', '.join(map(plain, thing))}]"
    if not isinstance(thing, str):
        return repr(thing)
    for pattern, name in NEW_EACH_TIME:
        thing = re.sub(pattern, name, thing)
    return f"'{thing}'"


def _is_new(name: str, part: object) -> bool:
    return name in NUMBERS_NEW_EACH_TIME or (name == "keys" and isinstance(part, dict) and "N" in part)
