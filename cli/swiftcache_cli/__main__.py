"""`python -m swiftcache_cli` and the script `swiftcache`."""

import sys

from swiftcache_cli.errors import ExitCode
from swiftcache_cli.program import run


def main() -> None:
    try:
        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    main()
