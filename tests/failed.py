"""Prints the files that had a test fail when the tests were last run: `make retest` runs them alone.

Two workers on a busy machine are late now and then, and with time that runs forty times as fast a second is a lot.
What fails alone as well is a fault, and so are more files than chance would choose. pytest's own `--last-failed` does
not know a test again whose id has the name of its xdist group.
"""

import json
import sys
from pathlib import Path

CACHE = Path(".pytest_cache/v/cache/lastfailed")
MOST_FILES = 5


def files(failed: list[str]) -> list[str]:
    """Of these tests, each once."""
    return sorted({test.partition("::")[0] for test in failed})


def main() -> int:
    found = files(list(json.loads(CACHE.read_text()))) if CACHE.exists() else []
    if not found:
        print("no test failed last time", file=sys.stderr)
        return 1
    if len(found) > MOST_FILES:
        print(f"tests of {len(found)} files failed: that is no chance", file=sys.stderr)
        return 1
    print(*found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
