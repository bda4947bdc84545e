"""Suites that nobody here wrote, each on an instance of the local stack.

    make compat [ARGS="words of a suite's name"]
    make compat ARGS="--engine valkey"       # on Valkey alone; otherwise on each engine that this machine has
    make compat ARGS="--propose redis-py"    # also writes the list of expected failures as this run would have it

It prints a table and writes `.swiftcache/compat.json`; it ends with 1 unless every suite ended as it must.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local import engines
from swiftcache.engines.model import EngineName
from tests.compat import declared, generated, program, redis_py, results, tabs
from tests.compat.catalogue import PROGRAMS, Program
from tests.compat.debian import MissingError
from tests.compat.expectations import write_expected
from tests.compat.languages import Say, languages
from tests.compat.redis_py import Found
from tests.compat.results import Results, Run, Suite
from tests.e2e.stack import Stack

SUITES_AT_A_TIME = 4
"""Two of them only wait, and redis-py's are two processes."""

LINE_EVERY_SECONDS = 15

NO_VALKEY = "there is no valkey-server here (local/valkey.sh gets one)"

Job = Callable[[Stack], Suite | Found]


@dataclass(frozen=True, slots=True)
class Catalogued:
    """A suite on an engine. `program` is None for the four that are none."""

    engine: EngineName
    language: str
    name: str
    program: Program | None = None

    def __str__(self) -> str:
        return f"{self.name} on {self.engine}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make compat", description="Suites that nobody here wrote.")
    parser.add_argument("words", nargs="*", help="run only suites with all these words in their name")
    parser.add_argument("--engine", choices=list(EngineName), type=EngineName, help="run only on this one")
    parser.add_argument("--propose", action="store_true", help="write the list of expected failures as this run has it")
    given = parser.parse_args()
    if given.engine is EngineName.VALKEY and not engines.has_valkey():
        parser.error(NO_VALKEY)
    wanted = [
        suite
        for suite in catalogued([given.engine] if given.engine else there_are())
        if all(word in f"{suite.language} {suite.name}" for word in given.words)
    ]
    if not wanted:
        parser.error(f"no suite has {' and '.join(given.words)} in its name, such as {redis_py.SUITE}")
    if given.propose and redis_py.SUITE not in [suite.name for suite in wanted]:
        parser.error(f"--propose is about {redis_py.SUITE}, which these words leave out")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache")).resolve()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    if not engines.has_valkey():
        say(f"{NO_VALKEY}: suites run on Redis alone")
    try:
        found = run_all(prepared(wanted, home / "compat", say), home / "compat" / "stack", say)
    except (MissingError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"swiftcache: {error}", file=sys.stderr)
        return 1
    outcome = outcome_of(found, round(time.monotonic() - began))
    results.write(home / "compat.json", outcome)
    print(results.table(outcome))
    if given.propose:
        for suite, came in found.items():
            if isinstance(came, Found):
                propose(suite.engine, came)
    seconds = time.monotonic() - began
    print(f"\n{results.summary(*outcome.runs)}, in {seconds:.0f} s; wrote {home / 'compat.json'}")
    return 0 if outcome.is_good else 1


def propose(engine: EngineName, tests: Found) -> None:
    written = redis_py.list_of(engine)
    write_expected(written, tests.proposed)
    print(f"\nwrote {written}; {len(tests.strange)} failures have no kind in {redis_py.KINDS.name}:")
    print("\n".join(f"  {surprise.test}: {surprise.why}" for surprise in tests.strange))


def there_are() -> Sequence[EngineName]:
    """The engines that this machine has."""
    return [engine for engine in EngineName if engine is EngineName.REDIS or engines.has_valkey()]


def catalogued(on: Sequence[EngineName]) -> Iterator[Catalogued]:
    """What takes longest comes first. The console's tabs are about Redis, and clients of the API need no engine."""
    programs = [
        Catalogued(engine, language, each.name, each)
        for language, some in PROGRAMS.items()
        for each in some
        for engine in on
    ]
    yield from (suite for suite in programs if suite.program and suite.program.waits)
    yield from (Catalogued(engine, "python", redis_py.SUITE) for engine in on)
    if EngineName.REDIS in on:
        yield Catalogued(EngineName.REDIS, "each", tabs.SUITE)
        yield Catalogued(EngineName.REDIS, "node", generated.SUITE)
        yield Catalogued(EngineName.REDIS, "node", declared.SUITE)
    yield from (suite for suite in programs if suite.program and not suite.program.waits)


def prepared(wanted: Sequence[Catalogued], cache: Path, say: Say) -> dict[Catalogued, Job]:
    """What runs each suite, with all that it needs installed. Raises MissingError."""
    logs = cache / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    known = languages(cache)
    for language in sorted({suite.language for suite in wanted} & set(known)):
        known[language].prepare(partial(_of, say, language))
    for each in (redis_py, tabs, generated, declared):
        if each.SUITE in [suite.name for suite in wanted]:
            each.prepare(cache, partial(_of, say, each.SUITE))

    def job(suite: Catalogued) -> Job:
        if suite.program:
            return partial(program.run, suite.program, known[suite.language], logs, suite.engine)
        others: dict[str, Job] = {
            redis_py.SUITE: partial(redis_py.run, cache, say, suite.engine),
            tabs.SUITE: partial(tabs.run_all, cache, say),
            generated.SUITE: partial(generated.run_all, cache),
            declared.SUITE: partial(declared.run_all, cache),
        }
        return others[suite.name]

    return {suite: job(suite) for suite in wanted}


def _of(say: Say, language: str, line: str) -> None:
    say(f"{language}: {line}")


def run_all(jobs: Mapping[Catalogued, Job], home: Path, say: Say) -> Mapping[Catalogued, Suite | Found]:
    """Runs them on one stack. Ctrl-C ends it, and with it all that they have started."""
    say("starting the local stack")
    with ThreadPoolExecutor(SUITES_AT_A_TIME) as pool, Stack(home) as stack:
        running = {pool.submit(job, stack): suite for suite, job in jobs.items()}
        try:
            for done in _as_they_end(running, say):
                say(f"{running[done]}: {'good' if not _suite(done.result()).unexpected else 'NOT AS EXPECTED'}")
            return {suite: done.result() for done, suite in running.items()}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def outcome_of(found: Mapping[Catalogued, Suite | Found], seconds: float) -> Results:
    """A run for each engine that was tried."""
    runs = []
    for engine in EngineName:
        of_it = [came for suite, came in found.items() if suite.engine is engine]
        version, suites = engines.version(engine), tuple(map(_suite, of_it))
        if version and suites:
            kinds = next((came.kinds for came in of_it if isinstance(came, Found)), {})
            runs.append(Run(engine.value, version, seconds, suites, kinds))
    return Results(tuple(runs))


def _suite(found: Suite | Found) -> Suite:
    return found.suite if isinstance(found, Found) else found


def _as_they_end(running: dict[Future[Suite | Found], Catalogued], say: Say) -> Iterator[Future[Suite | Found]]:
    """Each as it ends; meanwhile says every while what is under way."""
    left = set(running)
    while left:
        done, left = wait(left, LINE_EVERY_SECONDS, "FIRST_COMPLETED")
        if not done:
            say("under way: " + ", ".join(str(running[each]) for each in running if each.running()))
        yield from done


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
