"""Asking a registry about locked versions: a small registry of our own answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.audit import Pinned, Registry, audit, pinned

GOOD, BAD = "a" * 64, "b" * 64
LOCK = f"""# made by a program
redis[hiredis]==8.1.0 ; python_version < '4' \\
    --hash=sha256:{GOOD} \\
    --hash=sha256:{BAD}
    # via something
uv==0.1
"""


class Served:
    """A registry: its pages by path."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[str] = []
        pages, asked = self.pages, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                page = pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(page).encode())

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.registry = Registry(f"http://127.0.0.1:{self._server.server_port}/simple/")

    def has(self, name: str, *vulnerabilities: dict[str, Any], yanked: bool | str = False) -> Pinned:
        self.pages[f"/simple/{name}/"] = {"files": [{"hashes": {"sha256": GOOD}, "yanked": yanked}]}
        self.pages[f"/pypi/{name}/1/json"] = {"vulnerabilities": list(vulnerabilities)}
        return Pinned(name, "1", frozenset({GOOD}))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


def run(served: Served, *versions: Pinned) -> tuple[bool, list[str]]:
    lines: list[str] = []
    return audit(versions, served.registry, lines.append), lines


def test_a_lock_tells_versions_and_hashes() -> None:
    assert list(pinned(LOCK)) == [Pinned("redis", "8.1.0", frozenset({GOOD, BAD})), Pinned("uv", "0.1", frozenset())]


@pytest.mark.parametrize("line", ["redis>=8", "redis", "https://example.com/redis.whl", "-r other.txt"])
def test_what_pins_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no pinned version"):
        list(pinned(line))


def test_nothing_is_found_in_sound_versions(served: Served) -> None:
    assert run(served, served.has("a"), served.has("b")) == (
        True,
        ["yanked versions: 0 in 2 locked versions", "known vulnerabilities: 0 in 2 locked versions"],
    )


def test_a_yanked_version_is_told_with_its_reason(served: Served) -> None:
    sound, lines = run(served, served.has("a", yanked="broken"), served.has("b", yanked=True))
    assert not sound
    assert lines[:2] == ["a 1: yanked: broken", "b 1: yanked: no reason is given"]


def test_a_vulnerability_is_told_with_its_cure_unless_it_was_withdrawn(served: Served) -> None:
    known = {"id": "PYSEC-1", "fixed_in": ["2"], "withdrawn": None}
    gone = {"id": "PYSEC-2", "fixed_in": [], "withdrawn": "2026-01-01T00:00:00Z"}
    sound, lines = run(served, served.has("a", known, gone))
    assert not sound
    assert lines[1:] == ["a 1: PYSEC-1, fixed in 2", "known vulnerabilities: 1 in 1 locked versions"]


def test_a_file_that_is_not_there_any_more_is_a_finding(served: Served) -> None:
    served.has("a")
    sound, lines = run(served, Pinned("a", "1", frozenset({BAD})))
    assert not sound
    assert lines[0] == "a 1: the registry has none of the files that are locked"


def test_what_the_registry_does_not_tell_is_said_and_not_asked_again(served: Served) -> None:
    versions = [served.has("a"), served.has("b")]
    del served.pages["/pypi/a/1/json"]
    assert run(served, *versions) == (
        True,
        [
            "yanked versions: 0 in 2 locked versions",
            "known vulnerabilities: not checked, the registry does not tell them",
        ],
    )
    assert "/pypi/b/1/json" not in served.asked
