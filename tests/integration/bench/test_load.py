"""How the bench loads a server, and repeats a call to one."""

from collections.abc import Iterator

import boto3
import pytest

from tests.bench.load import Target, load
from tests.bench.replay import recording
from tests.bench.servers import Handler, Server
from tests.bench.table import Table


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


def test_every_client_sends_with_all_tokens_by_turns(url: str, seen: list[str]) -> None:
    done = load(Target(url, ["one", "two"]), clients=2, seconds=0.2)
    assert len(done.milliseconds) == len(seen)
    assert set(seen) == {"Bearer one", "Bearer two"}


def test_a_request_that_is_refused_spoils_the_load(url: str) -> None:
    with pytest.raises(RuntimeError, match="answered 401"):
        load(Target(url, ["bad"]), clients=1, seconds=0.1)


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
