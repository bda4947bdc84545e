"""The programs of the service's public guide run unchanged, but for the address, the account key and the ids.

`guides/` holds them as the guide has them; only their indentation, which its plain text lost, is put back.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.api import MIB, Api

GUIDES = Path(__file__).parent / "guides"
PROGRAM_SECONDS = 60

ADDRESS = "https://api.swiftcache.io"
KEYS = ("sk_live_your_api_key_here", "sk_live_xxx")


def program(name: str, api: Api, **ids: str) -> str:
    """A guide's program with its address, account key and ids replaced; all of these must stand in it."""
    text = (GUIDES / name).read_text()
    [key] = [key for key in KEYS if key in text]
    for placeholder, real in {ADDRESS: api.url, key: api.token, **ids}.items():
        assert placeholder in text, f"{name} has no {placeholder}"
        text = text.replace(placeholder, real)
    return text


def run(*command: str) -> str:
    """What a program prints. Fails when it fails; skips when the machine does not have what runs it."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_python_poller_gets_the_hostname(api: Api, tmp_path: Path) -> None:
    created = api.create()
    file = tmp_path / "poller.py"
    file.write_text(program("python-poller.py.txt", api, inst_abc123=created.id))
    last = run(sys.executable, str(file)).splitlines()[-1]
    assert last == f"Ready to connect: {api.wait(created.id)['hostname']}"


def test_the_first_javascript_program_creates_and_polls_until_running(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "polling.mjs"
    file.write_text(program("basic-polling.mjs", api, org_123=api.organization_id))
    last = run("node", str(file)).splitlines()[-1]
    ready = {
        f"Instance ready! {instance['hostname']}" for instance in api.instances() if instance["name"] == "my-redis"
    }
    assert last in ready


def test_the_second_javascript_program_polls_with_backoff(api: Api, tmp_path: Path) -> None:
    created = api.create()
    typed = program("exponential-backoff.ts", api, inst_abc123=created.id)
    plain, annotations = re.subn(r": (string|Promise<string>)(?=[,) ])", "", typed)
    assert annotations == 3
    file = tmp_path / "backoff.mjs"
    file.write_text(plain)
    last = run("node", str(file)).splitlines()[-1]
    assert last == f"Connect to: {api.wait(created.id)['hostname']}"


def test_the_curl_line_shows_an_instance(api: Api) -> None:
    created = api.create()
    api.wait(created.id)
    shown = run("sh", "-c", program("still-provisioning.sh", api, inst_abc123=created.id))
    assert json.loads(shown)["instance"]["status"] == "RUNNING"


def test_the_curl_line_lists_all_instances(api: Api) -> None:
    created = api.create()
    shown = run("sh", "-c", program("all-instances.sh", api, org_correct_id=api.organization_id))
    assert created.id in [instance["id"] for instance in json.loads(shown)["instances"]]


def test_an_instance_looks_as_in_the_guide_while_it_provisions(api: Api) -> None:
    instance = api.create(maxMemory=512 * MIB).body["instance"]
    example = {
        "name": "my-cache",
        "status": "PROVISIONING",
        "hostname": None,
        "maxMemoryMb": 512,
        "region": "eu-central",
        "tier": "dedicated",
    }
    assert instance | example == instance
    assert re.fullmatch(r"inst_[a-z0-9]+", instance["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", instance["createdAt"])


def test_an_instance_shows_its_keys_as_in_the_guide_once_it_runs(api: Api) -> None:
    created = api.create()
    instance = api.wait(created.id)
    shown = created.body["createdDefaultKey"]
    key = {"id": shown["id"], "name": "my-cache-default", "createdAt": instance["createdAt"]}
    assert instance["apiKeys"] == [key]
    assert instance["hostname"].endswith(".redis.swiftcache.test")
