"""How the bench measures."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from swiftcache.fleet.orphans import Kind
from tests.bench import packages
from tests.bench.load import Load, Target, load
from tests.bench.passes import Everything
from tests.bench.records import EACH, seed
from tests.bench.replay import recording
from tests.bench.servers import Handler, Server
from tests.bench.table import Table
from tests.bench.timing import alternately


class _Counting(Handler):
    """Answers 200 to those who say who they are."""

    def get(self) -> None:
        self.server.state.append(self.headers["Authorization"])
        self.respond(200 if self.headers["Authorization"] != "Bearer bad" else 401, b"{}", {})


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def url(seen: list[str]) -> Iterator[str]:
    server = Server(_Counting, seen)
    yield f"http://{server.address}/path"
    server.shutdown()
    server.server_close()


def test_actions_take_turns_after_one_that_is_not_measured() -> None:
    done: list[str] = []
    times = alternately(2, lambda: done.append("a"), lambda: done.append("b"))
    assert done == ["a", "b", "a", "b", "a", "b"]
    assert [len(each.wall) for each in times] == [len(each.cpu) for each in times] == [2, 2]


def test_every_client_sends_with_all_tokens_by_turns(url: str, seen: list[str]) -> None:
    done = load(Target(url, ["one", "two"]), clients=2, seconds=0.2)
    assert len(done.milliseconds) == len(seen)
    assert set(seen) == {"Bearer one", "Bearer two"}


def test_a_request_that_is_refused_spoils_the_load(url: str) -> None:
    with pytest.raises(RuntimeError, match="answered 401"):
        load(Target(url, ["bad"]), clients=1, seconds=0.1)


def test_loads_add_up() -> None:
    both = Load([1.0, 3.0], 1.0) + Load([2.0], 0.5)
    assert both.per_second == 2
    assert both.p50 == 2


def test_a_recorded_call_can_be_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "bench")
    table = Table()
    asked: list[str] = []

    class Aws(Handler):
        def post(self) -> None:
            asked.append(self.headers["X-Amz-Target"].partition(".")[2])
            self.content()
            self.respond(200, table.answer("PutItem", {}), {"Content-Type": "application/x-amz-json-1.0"})

    server = Server(Aws, None)
    client = boto3.client("dynamodb", endpoint_url=f"http://{server.address}", region_name="eu-central-1")
    with recording() as calls:
        client.delete_item(TableName="t", Key={"PK": {"S": "a"}})
    calls[0]()
    server.shutdown()
    server.server_close()
    assert [call.operation for call in calls] == ["DeleteItem"]
    assert asked == ["DeleteItem", "DeleteItem"]


def test_what_is_locked_for_another_python_is_not_in_the_layer(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "old==1.0 ; python_version < '3' \\\n    --hash=sha256:00\nnew==2.0 \\\n    --hash=sha256:00\n    # via this\n"
    )
    assert packages.locked(requirements) == ["new"]


def test_a_layer_is_its_own_code_and_its_libraries_as_installed_and_smaller_as_a_zip(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("value = 1\n" * 1000)
    (tmp_path / "requirements.txt").write_text("annotated-types==0.0\n")
    layer, own = packages.of_layer(tmp_path), packages.of_function(tmp_path)
    assert layer.unpacked > own.unpacked > 10_000
    assert layer.zipped < layer.unpacked


def test_the_made_up_world_has_something_of_every_instance_of_the_fleet() -> None:
    everything = Everything(Kind.TASK, 250)
    table = Table()
    seed(table, [EACH, EACH, 50])
    found: list[str] = []
    token: str | None = None
    while token or not found:
        things, token = everything.page(token)
        found += [thing.owner for thing in things]
    fleet = {"KeyConditionExpression": "fleet = :fleet", "ExpressionAttributeValues": {":fleet": {"S": "FLEET"}}}
    items = json.loads(table.answer("Query", {"IndexName": "Fleet", **fleet}))["Items"]
    assert sorted(found) == sorted(item["id"]["S"] for item in items)
