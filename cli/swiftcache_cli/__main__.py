"""`python -m swiftcache_cli` and the script `swiftcache`."""

import sys
from io import TextIOWrapper

from swiftcache_cli.errors import ExitCode
from swiftcache_cli.program import run


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show is no reason to fail
    try:
        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
