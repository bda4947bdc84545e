"""Suites that nobody here wrote, each on an instance of the local stack.

    make compat [ARGS="words of a suite's name"]
    make compat ARGS="--propose redis-py"    # also writes the list of expected failures as this run would have it

It prints a table and writes `.swiftcache/compat.json`; it ends with 1 unless every suite ended as it must.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from tests.compat import program, redis_py, results, tabs
from tests.compat.catalogue import PROGRAMS, Program
from tests.compat.debian import MissingError
from tests.compat.expectations import write_expected
from tests.compat.languages import Say, languages
from tests.compat.redis_py import TESTS, Found
from tests.compat.results import Results, Suite
from tests.e2e.stack import Stack

SUITES_AT_A_TIME = 4
"""Two of them only wait, and redis-py's are two processes."""

LINE_EVERY_SECONDS = 15

Job = Callable[[Stack], Suite | Found]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make compat", description="Suites that nobody here wrote.")
    parser.add_argument("words", nargs="*", help="run only suites with all these words in their name")
    parser.add_argument("--propose", action="store_true", help="write the list of expected failures as this run has it")
    given = parser.parse_args()
    wanted = [suite for suite in catalogued() if all(word in " ".join(suite[:2]) for word in given.words)]
    if not wanted:
        parser.error(f"no suite has {' and '.join(given.words)} in its name, such as {TESTS}")
    if given.propose and TESTS not in [name for _, name, _ in wanted]:
        parser.error(f"--propose is about {TESTS}, which these words leave out")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache")).resolve()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    try:
        found = run_all(prepared(wanted, home / "compat", say), home / "compat" / "stack", say)
    except (MissingError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"swiftcache: {error}", file=sys.stderr)
        return 1
    tests = next((each for each in found if isinstance(each, Found)), None)
    suites = tuple(each.suite if isinstance(each, Found) else each for each in found)
    outcome = Results(redis_py.server_version(), round(time.monotonic() - began), suites, tests.kinds if tests else {})
    results.write(home / "compat.json", outcome)
    print(results.table(suites))
    if tests and given.propose:
        write_expected(redis_py.LIST, tests.proposed)
        print(f"\nwrote {redis_py.LIST}; {len(tests.strange)} failures have no kind in {redis_py.KINDS.name}:")
        print("\n".join(f"  {surprise.test}: {surprise.why}" for surprise in tests.strange))
    print(f"\n{results.summary(outcome)}, in {outcome.seconds:.0f} s; wrote {home / 'compat.json'}")
    return 0 if outcome.is_good else 1


def catalogued() -> Iterator[tuple[str, str, Program | None]]:
    """Language, name and program of each suite; None for the two that are none. What waits longest comes first."""
    programs = [(language, each.name, each) for language, some in PROGRAMS.items() for each in some]
    yield from (suite for suite in programs if suite[2].waits)
    yield "python", TESTS, None
    yield "each", tabs.SUITE, None
    yield from (suite for suite in programs if not suite[2].waits)


def prepared(wanted: Sequence[tuple[str, str, Program | None]], cache: Path, say: Say) -> dict[str, Job]:
    """What runs each suite, by its name, with all that it needs installed. Raises MissingError."""
    logs = cache / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    known = languages(cache)
    for language in sorted({language for language, _, _ in wanted} & set(known)):
        known[language].prepare(partial(_of, say, language))
    jobs: dict[str, Job] = {TESTS: partial(redis_py.run, cache, say), tabs.SUITE: partial(tabs.run_all, cache, say)}
    if tabs.SUITE in [name for _, name, _ in wanted]:
        tabs.prepare(cache, partial(_of, say, tabs.SUITE))
    return {
        name: partial(program.run, each, known[language], logs) if each else jobs[name]
        for language, name, each in wanted
    }


def _of(say: Say, language: str, line: str) -> None:
    say(f"{language}: {line}")


def run_all(jobs: dict[str, Job], home: Path, say: Say) -> list[Suite | Found]:
    """Runs them on one stack. Ctrl-C ends it, and with it all that they have started."""
    say("starting the local stack")
    with ThreadPoolExecutor(SUITES_AT_A_TIME) as pool, Stack(home) as stack:
        running = {pool.submit(job, stack): name for name, job in jobs.items()}
        try:
            for done in _as_they_end(running, say):
                suite = found.suite if isinstance(found := done.result(), Found) else found
                say(f"{running[done]}: {'good' if not suite.unexpected else 'NOT AS EXPECTED'}")
            return [done.result() for done in running]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _as_they_end(running: dict[Future[Suite | Found], str], say: Say) -> Iterator[Future[Suite | Found]]:
    """Each as it ends; meanwhile says every while what is under way."""
    left = set(running)
    while left:
        done, left = wait(left, LINE_EVERY_SECONDS, "FIRST_COMPLETED")
        if not done:
            say("under way: " + ", ".join(running[each] for each in running if each.running()))
        yield from done


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
