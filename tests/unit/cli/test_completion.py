"""What a shell is offered after TAB. The shells themselves: tests/e2e/test_completion.py."""

import threading
import time
from collections.abc import Callable, Mapping

import pytest

from swiftcache_cli import completion
from swiftcache_cli.transport import Reply
from tests.api_world import ORGANIZATION
from tests.unit.cli.terminal import ScriptedTransport, Terminal, WorldTransport, problem, reply

Offer = Callable[[str], list[str]]


@pytest.fixture
def offer(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """The words that may stand where a line ends, as bash asks for them. Nothing else may be printed."""

    def words(line: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", f"swiftcache {line}")
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" "))))
        monkeypatch.setenv("_SWIFTCACHE_COMPLETE", "complete_bash")
        done = terminal.run()
        assert (done.code, done.err) == (0, "")
        return done.out.split()

    return words


@pytest.fixture
def shop(terminal: Terminal) -> str:
    """The id of an instance that is called `shop`; another one is called `blog`."""
    made = [terminal.ok("instances", "create", name, "--json").json() for name in ("blog", "shop")]
    return str(made[1]["instance"]["id"])


@pytest.mark.parametrize(
    "before",
    [
        "connect", "env", "metrics", "slowlog", "timeline", "keys list", "keys create", "keys revoke",
        "instances get", "instances wait", "instances set", "instances plan", "instances replace", "instances delete",
        "backups create", "backups list --instance", "maintenance list", "maintenance now", "maintenance defer",
    ],
)  # fmt: skip
def test_whatever_takes_an_instance_is_offered_the_names_that_begin_so(offer: Offer, shop: str, before: str) -> None:
    assert offer(f"{before} sh") == ["shop"]


def test_an_id_that_was_begun_is_completed(offer: Offer, shop: str) -> None:
    assert offer(f"instances get {shop[:-1]}") == [shop]


def test_a_name_that_two_have_is_offered_as_their_ids(offer: Offer, terminal: Terminal, shop: str) -> None:
    second = terminal.ok("instances", "create", "shop", "--region", "eu-central", "--memory", "20MB", "--json").json()
    assert set(offer("instances get ")) == {"blog", shop, second["instance"]["id"]}


class Answers:
    """Each path has its answer, whoever asks, and whatever for."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self._answers = answers

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        return reply(200, self._answers[path.partition("?")[0].removeprefix("/api/v1")])


SHOP = {"id": "inst_shop", "name": "shop", "status": "RUNNING"}
MEMBERS = f"/organizations/{ORGANIZATION}/members"


@pytest.mark.parametrize(
    ("line", "answers", "offered"),
    [
        ("keys revoke shop ", {"/instances/inst_shop/keys": {"apiKeys": [{"id": "key_1", "name": "web"}]}}, ["web"]),
        ("keys revoke shop ", {"/instances/inst_shop/keys": {"apiKeys": [{"id": "key_1", "name": "a b"}]}}, ["key_1"]),
        ("org members set ", {MEMBERS: {"members": [{"id": "mem_1", "name": "A", "role": "owner"}]}}, ["mem_1"]),
        (
            "org keys create ci --role viewer --member m",
            {MEMBERS: {"members": [{"id": "mem_1", "name": "A", "role": "owner"}]}},
            ["mem_1"],
        ),
        (
            "org keys revoke ",
            {f"/organizations/{ORGANIZATION}/keys": {"keys": [{"id": "key_2", "name": "ci", "role": "viewer"}]}},
            ["key_2"],
        ),
        (
            "webhooks test ",
            {f"/organizations/{ORGANIZATION}/webhooks": {"webhooks": [{"id": "wh_1", "url": "https://example.com/"}]}},
            ["wh_1"],
        ),
    ],
    ids=["keys", "a key of two words", "members", "a member as an option", "account keys", "webhooks"],
)
def test_what_follows_is_offered_by_name_where_that_is_one_word_and_else_by_id(
    offer: Offer, terminal: Terminal, line: str, answers: Mapping[str, object], offered: list[str]
) -> None:
    terminal.transport = Answers({"/instances": {"instances": [SHOP], "nextCursor": None}, **answers})
    assert offer(line) == offered


BACKUP = {"id": "bkp_1", "name": "", "instanceName": "shop", "createdAt": "now"}


@pytest.mark.parametrize(
    "line", ["backups get ", "backups plan b", "backups undelete ", "instances create x --restore-from "]
)
def test_backups_are_offered_by_their_ids(offer: Offer, terminal: Terminal, line: str) -> None:
    terminal.transport = Answers({f"/organizations/{ORGANIZATION}/backups": {"backups": [BACKUP]}})
    assert offer(line) == ["bkp_1"]


def test_maintenance_is_offered_as_far_as_it_is_pending(offer: Offer, terminal: Terminal) -> None:
    pending = [{"reason": "RETIREMENT", "startsAt": "2026-01-01T00:00:00Z"}]
    terminal.transport = Answers({"/instances": {"instances": [{**SHOP, "pendingMaintenance": pending}]}})
    assert offer("maintenance now shop ") == ["retirement"]


def test_the_profile_that_the_line_names_is_asked(offer: Offer, terminal: Terminal, shop: str) -> None:
    terminal.typed_secret, terminal.asks = terminal.environ["SWIFTCACHE_API_KEY"], True
    terminal.ok("--profile", "work", "login", "https://work.example.com")
    terminal.environ.clear()
    assert offer("--profile w") == ["work"]
    assert offer("--profile work connect s") == ["shop"]
    assert terminal.connected[-1].api_url == "https://work.example.com"


def test_nothing_is_offered_and_nothing_said_where_nobody_is_signed_in(offer: Offer, terminal: Terminal) -> None:
    terminal.environ.clear()
    terminal.asks = True
    assert offer("connect ") == []


@pytest.mark.parametrize("code", ["NOT_AUTHENTICATED", "ROLE_TOO_LOW"])
def test_nothing_is_offered_and_nothing_said_for_a_key_that_does_not_count(
    offer: Offer, terminal: Terminal, code: str
) -> None:
    terminal.transport = ScriptedTransport([problem(401, code)])
    assert offer("connect ") == []


class Silent:
    """Takes requests, and answers when everything is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.over.wait()
        return problem(404, "NOT_FOUND")


def test_an_api_that_does_not_answer_is_waited_for_no_longer_than_a_second(
    offer: Offer, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completion.SECONDS <= 1
    monkeypatch.setattr(completion, "SECONDS", 0.05)
    silent = Silent()
    terminal.transport = silent
    began = time.monotonic()
    assert offer("connect ") == []
    assert time.monotonic() - began < 5
    silent.over.set()


def test_completing_sends_reading_requests_alone(offer: Offer, transport: WorldTransport, shop: str) -> None:
    transport.sent.clear()
    offer("instances delete ")
    offer("maintenance now shop ")
    assert {method for method, _ in transport.sent} == {"GET"}
