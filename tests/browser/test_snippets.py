"""The programs that the console shows for an instance: those for which there is an interpreter here are run."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.e2e.api import Api, Created

RESOLVER = """
import socket
ask = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: ask("{address}" if host == "{host}" else host, *rest, **more)
"""
"""The machine's resolver knows the names of AWS, and not those of the local stack."""

LANGUAGES = ["redis-cli", "Python", "Node.js", "Go", "Java", "PHP", "Ruby", "URL"]


@pytest.fixture
def created(api: Api) -> Created:
    created = api.create(name="connected-to")
    api.wait(created.id)
    return created


def snippet(console: Console, created: Created, language: str) -> str:
    console.go(f"/instances/{created.id}/connect")
    console.page.get_by_role("tab", name=language, exact=True).click()
    return console.page.get_by_role("region", name=f"In {language}").inner_text()


def test_each_language_has_the_host_and_the_port_and_no_key(signed_in: Console, api: Api, created: Created) -> None:
    connection = api.get(created.id).json()["instance"]["connection"]
    for language in LANGUAGES:
        text = snippet(signed_in, created, language)
        assert connection["host"] in text
        assert str(connection["port"]) in text
        assert "sc_live_" not in text
    api.delete(created.id)


def test_redis_cli_does_what_its_lines_say(signed_in: Console, api: Api, created: Created) -> None:
    """Beside the lines as they stand, only what the local stack needs: its authority, and the address of the name."""
    host = api.get(created.id).json()["instance"]["hostname"]
    [address] = signed_in.stack.names.resolve(host)
    lines = re.sub(
        rf"-h {re.escape(host)}",
        f"--cacert {signed_in.stack.facts['caFile']} -h {address}",
        snippet(signed_in, created, "redis-cli"),
    )
    environment = {**os.environ, "REDISCLI_AUTH": created.key}
    done = subprocess.run(["sh", "-c", lines], env=environment, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["OK", "hello"]
    api.delete(created.id)


def test_python_does_what_its_program_says(signed_in: Console, api: Api, created: Created) -> None:
    host = api.get(created.id).json()["instance"]["hostname"]
    [address] = signed_in.stack.names.resolve(host)
    program = RESOLVER.format(host=host, address=address) + snippet(signed_in, created, "Python")
    environment = {**os.environ, "SWIFTCACHE_KEY": created.key, "SSL_CERT_FILE": signed_in.stack.facts["caFile"]}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "hello\n"
    api.delete(created.id)


def test_the_local_stack_says_how_its_names_are_found(signed_in: Console, api: Api, created: Created) -> None:
    signed_in.go(f"/instances/{created.id}/connect")
    expect(signed_in.page.get_by_text("This is the local stack")).to_be_visible()
    api.delete(created.id)
