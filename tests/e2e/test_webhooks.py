"""Webhooks as docs/webhooks.md shows them: its own lines and its own receiver, on the whole stack."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from tests.e2e.api import Api
from tests.e2e.stack import PROJECT, Stack
from tests.receiver import Receiver, receiving
from tests.schemas import complaints

GUIDE = (PROJECT / "docs" / "webhooks.md").read_text()
PASTED_SECONDS = 30


def blocks(language: str) -> list[str]:
    """The guide's code blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


@dataclass
class Hook:
    api: Api
    path: str
    secret: str
    receiver: Receiver

    def told(self, count: int) -> list[dict[str, Any]]:
        """So many messages, each verified as its receiver would."""
        return [Verifier(self.secret).verify(got.body, got.headers) for got in self.receiver.wait(count)]

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.send("GET", f"{self.path}/deliveries").json()["deliveries"]
        return found


@pytest.fixture
def hook(api: Api) -> Iterator[Hook]:
    with receiving() as receiver:
        path = f"/organizations/{api.organization_id}/webhooks"
        answer = api.send("POST", path, json={"url": receiver.url, "events": ["*"]})
        assert answer.status_code == 201, answer.text
        created = answer.json()
        hook = Hook(api, f"{path}/{created['webhook']['id']}", created["signingSecret"], receiver)
        yield hook
        assert api.send("DELETE", hook.path).status_code == 200


def test_a_receiver_hears_of_an_instances_life(hook: Hook, api: Api) -> None:
    created = api.create()
    api.wait(created.id)
    api.delete(created.id)
    api.wait_gone(created.id)
    # Four statuses, two audited requests, and the webhook's own creation. Other tests' instances may be among them.
    told: list[dict[str, Any]] = []
    while sum(created.id in str(message) for message in told) < 6:
        told = hook.told(len(told) + 1)
    mine = [message for message in told if created.id in str(message)]
    assert sorted(message["data"].get("to") or message["type"] for message in mine) == [
        "DELETED",
        "DELETING",
        "PROVISIONING",
        "RUNNING",
        "instance.created",
        "instance.deletion_requested",
    ]
    assert [complaints(message["type"], message["data"]) for message in mine] == [[]] * 6
    [deletion] = [message for message in mine if message["type"] == "instance.deletion_requested"]
    assert deletion["data"]["actor"]["keyId"].startswith("key_")


def test_a_receiver_inside_another_private_network_is_refused(api: Api) -> None:
    path = f"/organizations/{api.organization_id}/webhooks"
    for url in ("https://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "https://[::1]/"):
        answer = api.send("POST", path, json={"url": url, "events": ["*"]})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")


def test_the_guides_lines_and_its_receiver_work(stack: Stack, api: Api) -> None:
    if missing := [program for program in ("sh", "curl") if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])
    [create, use], [receiver] = blocks("sh"), blocks("python")
    create = create.replace(".swiftcache", str(stack.home)).replace("9000", port)

    lines = f'{create}\necho "$WEBHOOK $WEBHOOK_SECRET"'
    webhook, secret = _run(lines).split()
    process = subprocess.Popen(
        [sys.executable, "-c", receiver.replace("9000", port)],
        env={**os.environ, "WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        with process:
            head = create.split("CREATED=")[0]
            answers = _run(f"{head}WEBHOOK={webhook}\n{use}")
            assert process.stdout is not None
            # The first attempt may have come before the receiver listened: the next comes after five seconds.
            assert process.stdout.readline() == "webhook.test \n"
            created = api.create()
            api.wait(created.id)
            while process.stdout.readline() != "instance.status_changed RUNNING\n":
                pass
            process.kill()
    finally:
        process.kill()
        api.send("DELETE", f"/organizations/{api.organization_id}/webhooks/{webhook}")
    assert "eventId" in answers
    assert '"deliveries"' in answers
    api.delete(created.id)
    api.wait_gone(created.id)


def _run(lines: str) -> str:
    done = subprocess.run(
        ["sh", "-euc", lines], cwd=PROJECT, capture_output=True, text=True, timeout=PASTED_SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
