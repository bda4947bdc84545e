"""The bench: what we claim of our speed, each figure with its baseline, measured in the same run.

    make bench [ARGS="names of parts"]

It prints a table, and writes `.swiftcache/bench.json` and the plots beside it.
"""

import argparse
import importlib
import os
import signal
import sys
import time
from pathlib import Path

from tests.bench import report
from tests.bench.lines import Part

PARTS = (
    "life",
    "load_test",
    "handlers",
    "growth",
    "metrics",
    "imports",
    "cold_start",
    "command_line",
    "machines",
    "aws_model",
    "storm",
    "backups",
    "year",
)
"""Modules of this package; each has a `run(say) -> Part`."""


def main() -> int:
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # as Ctrl-C: stacks are stopped on the way out
    parser = argparse.ArgumentParser(prog="make bench", description="The bench.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help=f"only these, of {', '.join(PARTS)}")
    wanted = parser.parse_args().parts or PARTS
    began = time.monotonic()
    found: list[Part] = []
    for name in wanted:

        def say(line: str, name: str = name) -> None:
            print(f"{time.monotonic() - began:6.0f} s  {name}: {line}", file=sys.stderr, flush=True)

        say("begins")
        part = importlib.import_module(f"tests.bench.{name}").run(say)
        found.append(part)
        print(report.table(part), flush=True)
    target = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache"))
    report.write(target, found, time.monotonic() - began)
    print(f"\nwrote {target / 'bench.json'} after {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
