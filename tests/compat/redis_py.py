"""redis-py's own tests, from the source that its authors publish, on an instance and on a stock server of its engine.

The source's version and hash are those of `local/redis-py-requirements.txt`. What the tests of a cluster, a sentinel, a
module, of Redis's own cloud, and those that need no server would say, is not about an instance: they are left out.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from local import engines
from local.audit import Pinned, pinned
from local.aws.addresses import Addresses
from swiftcache.engines.model import EngineName
from tests.compat import EXPECTED, HERE, PLUGIN
from tests.compat.expectations import (
    Expected,
    Outcome,
    Result,
    Surprise,
    propose,
    read_expected,
    read_kinds,
    read_outcomes,
    surprises,
)
from tests.compat.instance import LARGE, Rented, rented
from tests.compat.languages import Say
from tests.compat.results import Suite
from tests.e2e.stack import ENDS_WITH_US, Stack

SUITE = "redis-py's own tests"
VENV = Path(f"{sys.prefix}-redis-py")
LOCK = HERE.parents[1] / "local" / "redis-py-requirements.txt"
KINDS = EXPECTED / "kinds.toml"

ABOUT = (
    "cache",
    "client",
    "commands",
    "connection",
    "connection_pool",
    "credentials",
    "encoding",
    "function",
    "hash",
    "keyspace_notifications",
    "lock",
    "monitor",
    "multiprocessing",
    "pipeline",
    "pubsub",
    "retry",
    "scripting",
)
"""The files, `tests/test_<name>.py` and the same of asyncio, that speak to one server over an ordinary connection."""

MARKERS = "not onlycluster and not redismod"

LOCALHOST = (
    "tests/test_connection.py::TestConnection::test_retry_connect_on_timeout_error",
    "tests/test_connection.py::test_create_single_connection_client_from_url",
    "tests/test_commands.py::TestRedisCommands::test_client_setinfo",
    "tests/test_asyncio/test_commands.py::TestRedisCommands::test_client_setinfo",
)
"""Left out too: they go to localhost:6379 whatever the URL says, so they pass where some server listens there."""

SUITE_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Server:
    """`name` is that of its files in the cache; `environment` is what its clients need."""

    name: str
    url: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """`kinds` counts the failures of each; `proposed` is what the list should be; `strange` have no reason yet."""

    suite: Suite
    kinds: dict[str, int]
    proposed: Expected
    strange: list[Surprise]


def list_of(engine: EngineName) -> Path:
    """Which tests must fail on it. By the version that it tells, redis-py runs other tests on each."""
    return EXPECTED / f"redis_py_{engine}.json"


def prepare(cache: Path, say: Say) -> None:
    """Has the source in the cache, for the runs on all engines."""
    unpacked(cache, say)


def run(cache: Path, say: Say, engine: EngineName, stack: Stack) -> Found:
    """Runs the tests on both servers side by side, what surprises once more, and compares."""
    began, tests_of = time.monotonic(), list_of(engine)
    kinds, expected, server = read_kinds(KINDS), read_expected(tests_of), engines.version(engine)
    assert server is not None
    source = unpacked(cache, say)
    with stock(cache, engine) as baseline, rented(stack, "redis-py", LARGE, engine) as instance:
        servers = (as_server(instance, engine), baseline)
        files = test_files(source)
        say(f"redis-py {locked().version} on {engine}: {len(files)} files of tests")
        ours, on_stock = run_on(servers, source, cache, files, "first")
        found = surprises(ours, on_stock, expected, kinds)
        again = [surprise.test for surprise in found if surprise.test in ours]
        if again:
            say(f"redis-py on {engine}: {len(again)} tests once more")
            second = run_on(servers, source, cache, again, "second")
            ours, on_stock = ours | second[0], on_stock | second[1]
            found = surprises(ours, on_stock, expected, kinds)
    if server != expected.server:
        why = f"is of {engine} {expected.server}, and this is {server}: ARGS=--propose"
        found.insert(0, Surprise(tests_of.name, why))
    proposed, strange = propose(ours, on_stock, server, kinds)
    results = [outcome.result for outcome in ours.values()]
    failed = {surprise.test for surprise in found}
    suite = Suite(
        SUITE,
        "python",
        f"redis {locked().version}",
        ran=len(results) - results.count(Result.SKIPPED),
        passed=results.count(Result.PASSED),
        skipped=results.count(Result.SKIPPED),
        expected=results.count(Result.FAILED) - sum(ours[test].result is Result.FAILED for test in failed & set(ours)),
        again=len(set(again) - failed),
        unexpected=tuple(found),
        seconds=time.monotonic() - began,
    )
    of_kind = {kind.name: list(proposed.tests.values()).count(kind.name) for kind in kinds}
    return Found(suite, of_kind, proposed, strange)


def locked() -> Pinned:
    [found] = [version for version in pinned(LOCK.read_text()) if version.name == "redis"]
    return found


def unpacked(cache: Path, say: Say) -> Path:
    """The folder of redis-py's source, downloaded by pip, which compares the hash of the lock."""
    version = locked()
    folder = cache / f"redis-{version.version}"
    if folder.exists():
        return folder
    say(f"downloading the source of redis {version.version}")
    cache.mkdir(parents=True, exist_ok=True)
    wanted = cache / "redis-py-source.txt"
    hashes = " ".join(f"--hash=sha256:{digest}" for digest in sorted(version.hashes))
    wanted.write_text(f"{version.name}=={version.version} {hashes}\n")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    subprocess.run([*pip, *options, "--requirement", str(wanted), "--dest", str(cache)], check=True)
    draft = cache / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(cache / f"{folder.name}.tar.gz") as archive:
        archive.extractall(draft, filter="data")
    (draft / folder.name).rename(folder)
    return folder


def test_files(source: Path) -> list[str]:
    names = [f"tests{place}/test_{name}.py" for place in ("", "/test_asyncio") for name in ABOUT]
    return [name for name in names if (source / name).exists()]


def as_server(instance: Rented, engine: EngineName) -> Server:
    return Server(f"{engine}-instance", instance.url, instance.environment())


@contextmanager
def stock(cache: Path, engine: EngineName) -> Iterator[Server]:
    """The engine's server as it comes, which tells the failures that are ours from the others.

    Only DEBUG is switched on, as redis-py's authors do it for their tests.
    """
    address, name = Addresses().take(), f"{engine}-stock"
    program = shutil.which(f"{engine}-server", path=engines.path())
    assert program is not None
    options = f"--port {address.port} --bind {address.host} --protected-mode no --enable-debug-command yes".split()
    with (cache / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*ENDS_WITH_US, program, *options, "--save", ""], cwd=cache, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"redis://{address.host}:{address.port}"
        with redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.1), 100)) as client:
            client.ping()
        yield Server(name, url, {})
    finally:
        process.terminate()
        process.wait(10)


def run_on(
    servers: tuple[Server, Server], source: Path, cache: Path, tests: Sequence[str], name: str
) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
    """What came of the tests on both, which run at the same time."""
    with ThreadPoolExecutor(len(servers)) as pool:
        one, other = pool.map(lambda server: outcomes(server, source, cache, tests, name), servers)
    return one, other


def outcomes(server: Server, source: Path, cache: Path, tests: Sequence[str], name: str) -> dict[str, Outcome]:
    """Runs pytest. Raises RuntimeError where it could not run all of them."""
    written, log = (cache / f"{server.name}-{name}.{ending}" for ending in ("jsonl", "log"))
    written.unlink(missing_ok=True)
    options = ["--quiet", "--tb=native", "-p", "outcomes", "-p", "no:cacheprovider", "-m", MARKERS]
    options += [f"--deselect={test}" for test in LOCALHOST]
    urls = [f"--redis-url={server.url}/0", f"--redis-mod-url={server.url}/0"]
    folders = [str(PLUGIN), server.environment.get("PYTHONPATH", "")]
    ours = {"OUTCOMES": str(written), "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    with log.open("wb") as output:
        status = subprocess.run(
            [*ENDS_WITH_US, str(VENV / "bin" / "python"), "-m", "pytest", *options, *urls, *tests],
            cwd=source,
            env={**os.environ, **server.environment, **ours},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=SUITE_SECONDS,
            check=False,
        ).returncode
    if status not in (0, 1):  # passed, or failed
        raise RuntimeError(f"pytest ended with {status} on the {server.name}; see {log}")
    return read_outcomes(written)
