"""The README's and the guides' lines, pasted as they stand, but for the folder of the stack."""

import sys
from pathlib import Path

import pytest

from local.rollout import begin_rollout
from local.welcome import PASTE
from tests.e2e.api import Api
from tests.e2e.documented import blocks, need, paste, session
from tests.e2e.stack import PROJECT, Stack
from tests.integration.redis.open_server import open_server

README = PROJECT / "README.md"
DOCS = PROJECT / "docs"


def only_block(page: Path, language: str) -> str:
    [found] = blocks(page, language)
    return found


def test_the_readme_and_make_run_show_the_same_lines() -> None:
    assert only_block(README, "sh") == f". .swiftcache/env\n{PASTE}"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_readmes_lines_for_a_shell_work(stack: Stack, shell: str) -> None:
    need(shell, "curl", "redis-cli")
    answers = paste(stack, shell, "-euc", only_block(README, "sh"))
    assert answers[0] == "OK"
    assert "Instance deletion initiated" in answers[1]


def test_the_lines_for_a_python_client_work(stack: Stack) -> None:
    answers = paste(stack, sys.executable, "-c", only_block(DOCS / "clients.md", "python"))
    assert answers == ["hello", "Instance deletion initiated"]


def test_the_lines_for_a_repeated_request_print_what_the_guide_shows(stack: Stack) -> None:
    need("bash", "curl")
    shown = session(only_block(DOCS / "idempotency.md", "console"))
    assert paste(stack, "bash", "-euc", shown.typed) == shown.printed


def test_the_lines_for_a_session_print_what_the_guide_shows(stack: Stack) -> None:
    need("bash", "curl")
    shown = session(only_block(DOCS / "sessions.md", "console"))
    assert paste(stack, "bash", "-euc", shown.typed) == shown.printed


def test_the_lines_for_data_that_are_kept_print_what_the_guide_shows(stack: Stack, api: Api) -> None:
    need("bash", "curl")
    shown = session(only_block(DOCS / "persistence.md", "console"))
    assert paste(stack, "bash", "-euc", shown.typed) == shown.printed
    [created] = [instance for instance in api.instances() if instance["name"] == "kept"]
    assert api.wait(created["id"])["persistence"] is True
    assert api.delete(created["id"]).status_code == 202


def test_the_lines_for_backups_print_what_the_guide_shows(stack: Stack, api: Api, tmp_path: Path) -> None:
    need("bash", "curl", "redis-cli", "sha256sum")
    created = api.create(name="backed-up")
    instance = api.wait(created.id)
    with stack.redis(instance, created.key) as client:
        client.set("greeting", "hello")
    shown = [session(block) for block in blocks(DOCS / "backups.md", "console")]
    with open_server(tmp_path, []) as old:
        old.client.set("kept", "elsewhere")
        typed = "\n".join(each.typed for each in shown).replace("-h old.example.com", f"-s {old.socket}")
        env, _, rest = typed.partition("\n")
        printed = paste(stack, "bash", "-euc", f"{env}; ID={created.id}; cd {tmp_path}\n{rest}", timeout=180)
    assert printed == [line for each in shown for line in each.printed]
    assert (tmp_path / "backup.rdb").read_bytes().startswith(b"REDIS")
    assert api.delete(created.id).status_code == 202


def test_the_lines_for_a_recovery_from_a_backup_print_what_the_guide_shows(stack: Stack, api: Api) -> None:
    need("bash", "curl")
    created = api.create(name="recovers")
    api.wait(created.id)
    shown = session(blocks(DOCS / "recovery.md", "console")[1])
    lines = f". .swiftcache/env; ID={created.id}\n{shown.typed}"
    assert paste(stack, "bash", "-euc", lines) == shown.printed
    assert api.get(created.id).json()["instance"]["recoverFromBackup"] is True
    assert api.delete(created.id).status_code == 202


def test_the_lines_for_a_rollout_that_is_undone_print_what_the_guide_shows(stack: Stack) -> None:
    need("bash", "curl")
    rollout = begin_rollout("7.2.16", stack.facts["awsEndpointUrl"])
    shown = session(only_block(DOCS / "rollouts.md", "console"))
    assert paste(stack, "bash", "-euc", f"ROLLOUT={rollout}\n{shown.typed}") == shown.printed


def test_the_lines_that_invoke_a_function_of_the_local_stack_reach_it(stack: Stack) -> None:
    need("bash", "aws")
    local = blocks(DOCS / "invoke.md", "console")[-1]
    answers = "\n".join(paste(stack, "bash", "-euc", session(local).typed))
    assert '"statusCode":200' in answers.replace(" ", "").replace('\\"', '"')
    assert "InstanceSuperseded" in answers
