"""The Lambda host with real processes and the genuine runtime client."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.aws import FunctionError
from local.dns import DnsServer
from local.errors import StartupError
from local.lambda_host import Deployed, LambdaHost, Surroundings
from local.template import Function

ROOT = Path(__file__).parents[3]
HANDLER = """\
import os, pathlib, socket, sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    match event["do"]:
        case "echo": return event
        case "raise": raise ValueError("bad value")
        case "exit": sys.exit(3)
        case "die": os._exit(4)
        case "sleep": time.sleep(event["seconds"])
        case "print": print("a line of the function")
        case "environment": return dict(os.environ)
        case "path": return [sys.path, os.getcwd()]
        case "resolve": return socket.getaddrinfo(event["hostname"], 6379)[0][4][0]
        case "layer": import shared_code; return shared_code.NAME
        case "arn": return context.invoked_function_arn
        case "remaining": return context.get_remaining_time_in_millis()
        case "meet":
            pathlib.Path(event["folder"], str(os.getpid())).touch()
            while len(os.listdir(event["folder"])) < event["number"]: time.sleep(0.005)
    return [os.getpid(), calls]
"""


def function(folder: Path, name: str = "Front", **changes: Any) -> Function:
    one = Function(name, folder / name, "app.handler", (folder / "layer",), 10, 512, None)
    return replace(one, **changes)


def write(folder: Path, code: str, name: str = "Front") -> None:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "app.py").write_text(code)


def deployed(one: Function, environment: dict[str, str] | None = None) -> Deployed:
    return Deployed(one, f"stack-{one.logical_id}", environment or {})


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    class Record:
        name, addresses, ttl = "abc.redis.swiftcache.test", ("127.0.1.2",), 5

    server = DnsServer("swiftcache.test", lambda: [Record()], port=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def surroundings(tmp_path: Path, dns: DnsServer) -> Surroundings:
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "shared_code.py").write_text("NAME = 'the layer'")
    (tmp_path / "logs").mkdir()
    return Surroundings("http://127.0.0.1:1", tmp_path / "ca.pem", dns.address, tmp_path / "logs")


@pytest.fixture
def host() -> Iterator[LambdaHost]:
    started = LambdaHost()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def front(host: LambdaHost, surroundings: Surroundings, tmp_path: Path) -> LambdaHost:
    """A host with one function, `stack-Front`."""
    write(tmp_path, HANDLER)
    host.deploy([deployed(function(tmp_path), {"TABLE_NAME": "things"})], surroundings)
    return host


def call(host: LambdaHost, do: str, name: str = "stack-Front", **payload: object) -> Any:
    return host.invoke(name, {"do": do, **payload})


def failure(host: LambdaHost, do: str, name: str = "stack-Front", **payload: object) -> FunctionError:
    with pytest.raises(FunctionError) as caught:
        call(host, do, name, **payload)
    return caught.value


def test_a_result_comes_back(front: LambdaHost) -> None:
    payload = {"do": "echo", "text": "ü", "number": 1.5, "none": None}

    assert front.invoke("stack-Front", payload) == payload


@pytest.mark.parametrize("qualifier", ["", ":live"])
def test_a_function_is_called_by_its_arn_and_told_by_which(front: LambdaHost, qualifier: str) -> None:
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:stack-Front"

    assert call(front, "arn", arn + qualifier) == arn + qualifier


def test_an_unknown_function_is_refused(front: LambdaHost) -> None:
    with pytest.raises(LookupError, match="stack-Other"):
        front.invoke("stack-Other", {})


def test_a_process_is_used_again(front: LambdaHost) -> None:
    first, _ = call(front, "")

    assert call(front, "") == [first, 2]


def test_an_exception_is_a_function_error(front: LambdaHost) -> None:
    error = failure(front, "raise")

    assert (error.error_type, error.message) == ("ValueError", "bad value")
    assert 'raise ValueError("bad value")' in "".join(error.stack)


def test_an_exception_leaves_the_process_in_use(front: LambdaHost) -> None:
    first, _ = call(front, "")
    failure(front, "raise")

    assert call(front, "") == [first, 3]


@pytest.mark.parametrize(("do", "status"), [("exit", 3), ("die", 4)])
def test_a_process_that_ends_is_an_exit_error(front: LambdaHost, do: str, status: int) -> None:
    error = failure(front, do)

    assert error.error_type == "Runtime.ExitError"
    assert error.message.endswith(f"Error: Runtime exited with error: exit status {status}")


def test_a_process_that_ended_is_replaced(front: LambdaHost) -> None:
    failure(front, "die")

    assert call(front, "")[1] == 1


def test_a_process_that_died_idle_is_replaced(front: LambdaHost, surroundings: Surroundings) -> None:
    first, _ = call(front, "")
    os.kill(first, signal.SIGKILL)
    await_condition(lambda: "Runtime.ExitError" in (surroundings.logs / "Front.log").read_text())

    assert call(front, "")[0] != first


def test_a_function_that_takes_too_long_is_killed(host: LambdaHost, surroundings: Surroundings, tmp_path: Path) -> None:
    write(tmp_path, HANDLER)
    host.deploy([deployed(function(tmp_path, timeout=1))], surroundings)
    first, _ = call(host, "")

    error = failure(host, "sleep", seconds=60)

    assert error.error_type == "Sandbox.Timedout"
    assert error.message.endswith("Error: Task timed out after 1.00 seconds")
    wait_for_end(first)


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("import nonesuch", "Runtime.ImportModuleError", "No module named 'nonesuch'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("raise KeyError('TABLE')", "KeyError", "'TABLE'"),
    ],
)
def test_a_function_that_cannot_be_loaded_says_why(
    front: LambdaHost, tmp_path: Path, code: str, error_type: str, message: str
) -> None:
    write(tmp_path, code)

    error = failure(front, "")

    assert error.error_type == error_type
    assert message in error.message


def test_a_function_that_was_repaired_works_again(front: LambdaHost, tmp_path: Path) -> None:
    write(tmp_path, "import nonesuch")
    failure(front, "")
    write(tmp_path, HANDLER)

    assert call(front, "")[1] == 1


def test_the_environment_is_the_function_s_own(
    front: LambdaHost, surroundings: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/the/stack's")

    environment = call(front, "environment")

    assert (
        environment.items()
        >= {
            "TABLE_NAME": "things",
            "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": surroundings.endpoint_url,
            "AWS_LAMBDA_FUNCTION_NAME": "stack-Front",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "LAMBDA_TASK_ROOT": str(tmp_path / "Front"),
            "SSL_CERT_FILE": str(surroundings.ca_file),
            "_HANDLER": "app.handler",
        }.items()
    )
    assert environment.keys().isdisjoint({"HOME", "PYTHONPATH", "VIRTUAL_ENV"})


def test_a_function_imports_its_layer(front: LambdaHost) -> None:
    assert call(front, "layer") == "the layer"


def test_the_project_is_not_on_the_import_path(front: LambdaHost, tmp_path: Path) -> None:
    path, folder = call(front, "path")

    assert path[:2] == [str(tmp_path / "Front"), str(tmp_path / "layer")]
    assert folder == str(tmp_path / "Front")
    assert not {str(ROOT), str(ROOT / "layers/shared")} & set(path)


def test_an_instance_s_hostname_resolves(front: LambdaHost) -> None:
    assert call(front, "resolve", hostname="abc.redis.swiftcache.test") == "127.0.1.2"


@pytest.mark.parametrize("name", ["none.redis.swiftcache.test", "example.com"])
def test_no_other_name_resolves(front: LambdaHost, name: str) -> None:
    assert failure(front, "resolve", hostname=name).error_type == "gaierror"


def test_the_context_knows_the_time_that_is_left(front: LambdaHost) -> None:
    assert 0 < call(front, "remaining") <= 10_000


def test_what_a_function_prints_is_in_its_log(front: LambdaHost, surroundings: Surroundings) -> None:
    call(front, "print")

    assert "a line of the function\n" in (surroundings.logs / "Front.log").read_text()


def test_warming_starts_each_function_once(front: LambdaHost, surroundings: Surroundings, tmp_path: Path) -> None:
    write(tmp_path, HANDLER.replace("calls = 0", "print('started'); calls = 0"))

    front.warm().result(timeout=30)
    call(front, "")

    assert (surroundings.logs / "Front.log").read_text().count("started") == 1


def test_warming_names_the_function_that_cannot_start(front: LambdaHost, tmp_path: Path) -> None:
    write(tmp_path, "import nonesuch")

    with pytest.raises(StartupError, match=r"Front cannot start.*nonesuch.*Front\.log"):
        front.warm().result(timeout=30)


def test_stopping_ends_idle_and_busy_processes(front: LambdaHost, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    payload = f'{{"do": "meet", "folder": "{meeting}", "number": 99}}'.encode()
    running = [front.submit("stack-Front", payload) for _ in range(2)]
    await_condition(lambda: len(list(meeting.iterdir())) == 2)

    front.stop()

    for process in meeting.iterdir():
        wait_for_end(int(process.name))
    assert all(one.cancelled() for one in running)


def test_functions_die_with_a_killed_stack(tmp_path: Path, surroundings: Surroundings) -> None:
    write(tmp_path, HANDLER)
    script = tmp_path / "stack.py"
    script.write_text(KILLED_STACK)
    stack = subprocess.Popen(
        [sys.executable, script, tmp_path, str(surroundings.dns[1])],
        env={"PYTHONPATH": os.pathsep.join([str(ROOT / "layers/shared"), str(ROOT)])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stack.stdout is not None
    idle, busy = (int(stack.stdout.readline()) for _ in range(2))

    stack.kill()
    stack.wait()

    wait_for_end(idle)
    wait_for_end(busy)
    stack.stdout.close()


KILLED_STACK = """\
import os, pathlib, sys, time
from local.lambda_host import Deployed, LambdaHost, Surroundings
from local.template import Function

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    meeting = folder / "meeting"
    meeting.mkdir()
    surroundings = Surroundings("http://127.0.0.1:1", folder, ("127.0.0.1", int(sys.argv[2])), folder / "logs")
    host = LambdaHost()
    host.start()
    function = Function("Front", folder / "Front", "app.handler", (), 60, 512, None)
    host.deploy([Deployed(function, "Front", {})], surroundings)
    host.submit("Front", b'{"do": "meet", "folder": "%s", "number": 99}' % str(meeting).encode())
    while not os.listdir(meeting):
        time.sleep(0.01)
    print(host.invoke("Front", {"do": ""})[0], flush=True)
    print(os.listdir(meeting)[0], flush=True)
    time.sleep(60)
"""


def wait_for_end(process: int) -> None:
    """Waits until a process that is not our child is gone, or a zombie that its parent has yet to reap."""

    def is_gone() -> bool:
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    await_condition(is_gone)


def await_condition(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def is_alive(process: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False
