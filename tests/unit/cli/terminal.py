"""A terminal in which somebody types `swiftcache …`, before the API function on fakes, or a script of replies.

What is seen by the fakes is what the real command sends: nothing but the network lies between.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from swiftcache.api.idempotency import Idempotency
from swiftcache.api.wiring import idempotency
from swiftcache_cli.credentials import Credentials
from swiftcache_cli.outside import Outside
from swiftcache_cli.program import run
from swiftcache_cli.transport import Reply, Transport
from tests.api_world import ORGANIZATION, TOKEN, World
from tests.fakes.idempotency import FakeClaims, FakeSeal

URL = "https://api.example.com"


class WorldTransport:
    """Sends to the API function, in this process. `meanwhile` happens before an answer is heard."""

    def __init__(self, world: World) -> None:
        self.sent: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.meanwhile: Callable[[str, str], None] = lambda method, path: None
        self._world = world
        world.injector.given[idempotency] = Idempotency(
            FakeClaims(), FakeSeal(), lambda: datetime.now(UTC), lambda _: None
        )

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        parts = urlsplit(path)
        self.sent.append((method, path))
        self.bodies.append(json.loads(body) if body else None)
        query = dict(parse_qsl(parts.query))
        changes: dict[str, Any] = {"queryStringParameters": query} if query else {}
        given = {"content-type": None} | {name.lower(): value for name, value in headers.items()}
        text = "" if body is None else body.decode()
        answer = self._world.send("create_instance", parts.path, method, headers=given, body=text, **changes)
        self.meanwhile(method, parts.path)
        found = {name: str(value) for name, value in answer.headers.items()}
        return Reply(int(answer.status), found, answer.text.encode())


class ScriptedTransport:
    """Gives these replies one after the other; an exception is raised. The last goes on for ever."""

    def __init__(self, replies: Iterable[Reply | BaseException]) -> None:
        self._replies = list(replies)
        self.sent: list[tuple[str, str, dict[str, str]]] = []

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.sent.append((method, path, dict(headers)))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return reply


def reply(status: int, body: object = None, **headers: str) -> Reply:
    sent = b"" if body is None else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, sent)


def problem(status: int, code: str, detail: str = "it is so", **headers: str) -> Reply:
    return reply(status, {"status": status, "code": code, "detail": detail, "requestId": "request"}, **headers)


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """`transport` is where requests go; `slept` counts seconds, which pass at once."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    transport: Transport
    environ: dict[str, str] = field(
        default_factory=lambda: {
            "SWIFTCACHE_API_URL": URL,
            "SWIFTCACHE_API_KEY": TOKEN,
            "SWIFTCACHE_ORGANIZATION": ORGANIZATION,
        }
    )
    typed_secret: str = ""
    asks: bool = False
    time: float = 0.0
    slept: list[float] = field(default_factory=list)
    connected: list[Credentials] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    started: list[tuple[list[str], dict[str, str]]] = field(default_factory=list)
    at_start: Callable[[], None] = field(default=lambda: None)
    exit_code: int = 0

    def run(self, *arguments: str) -> Done:
        self.capsys.readouterr()
        code = run(arguments, self.outside())
        said = self.capsys.readouterr()
        return Done(code, said.out, said.err)

    def ok(self, *arguments: str) -> Done:
        done = self.run(*arguments)
        assert done.code == 0, done
        return done

    def outside(self) -> Outside:
        return Outside(
            environ=self.environ,
            connect=self._connect,
            config_folder=lambda: self.folder / "config",
            state_folder=lambda: self.folder / "state",
            read_secret=lambda _: self.typed_secret,
            open_page=self._open,
            run_program=self._start,
            asks=lambda: self.asks,
            draws=lambda: False,
            sleep=self._sleep,
            monotonic=self._look_at_the_clock,
            now=lambda: self.time,
        )

    def _open(self, url: str) -> bool:
        self.opened.append(url)
        return True

    def _start(self, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
        self.started.append((list(arguments), dict(environ)))
        self.at_start()
        return self.exit_code

    def _connect(self, credentials: Credentials) -> Transport:
        self.connected.append(credentials)
        return self.transport

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def _look_at_the_clock(self) -> float:
        self.time += 0.25
        return self.time

    @property
    def pending(self) -> list[Path]:
        """The requests that wait for a next run."""
        folder = self.folder / "state" / "pending"
        return sorted(folder.iterdir()) if folder.exists() else []
