"""Input that means no good, byte for byte over the real gateway: it is refused in clear words, and writes nothing."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.hostile_requests import BROKEN, HARMLESS, REFUSED
from tests.e2e.leftovers import pages
from tests.e2e.raw_http import say
from tests.e2e.stack import Stack

UNSTEADY = ("RATE#", "METRICS#")
"""What is counted by itself, or because somebody asks at all."""

Items = dict[tuple[str, str], str]


class Attacked:
    """A stack that nothing else uses, with one instance."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api = stack.api
        self.instance_id = self.api.create().id
        self.api.wait(self.instance_id)
        self.table = stack.outputs()["TableName"]
        self.seen = self._settled()

    def _settled(self) -> Items:
        """What is written once nothing more follows on the creation."""
        before: Items = {}
        while (now := self.items()) != before:
            before = now
            time.sleep(1)
        return now

    def items(self) -> Items:
        """All that is written, except what changes by itself."""
        found: Items = {}
        for item in pages(self.stack.aws("dynamodb"), "scan", "Items", TableName=self.table):
            kept: dict[str, Any] = {name: value for name, value in item.items() if name != "lastUsedAt"}
            if not item["PK"]["S"].startswith(UNSTEADY):
                found[item["PK"]["S"], item["SK"]["S"]] = json.dumps(kept, sort_keys=True, default=str)
        return found


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with Stack(tmp_path_factory.mktemp("attacked") / "home") as stack:
        yield Attacked(stack)


@pytest.fixture(autouse=True)
def nothing_is_written(attacked: Attacked) -> Iterator[None]:
    """And the next request is answered."""
    yield
    before, attacked.seen = attacked.seen, attacked.items()
    assert attacked.seen == before
    assert attacked.api.status(attacked.instance_id) == "RUNNING"


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_the_api_does_not_take_is_a_problem(attacked: Attacked, name: str) -> None:
    heard = say(attacked.api, attacked.instance_id, REFUSED[name], ends=True)
    assert 400 <= heard.status < 500
    assert heard.status != 429
    assert heard.problem["status"] == heard.status
    assert heard.answers == 1


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_clearly_one_request_ends_the_connection(attacked: Attacked, name: str) -> None:
    heard = say(attacked.api, attacked.instance_id, BROKEN[name])
    assert heard.answers == 1
    assert 400 <= heard.status < 500 or heard.status == 505


@pytest.mark.parametrize("name", HARMLESS)
def test_what_nobody_looks_at_changes_nothing(attacked: Attacked, name: str) -> None:
    heard = say(attacked.api, attacked.instance_id, HARMLESS[name], ends=True)
    assert (heard.status, heard.answers) == (200, 1)
    assert json.loads(heard.body)["instance"]["id"] == attacked.instance_id
