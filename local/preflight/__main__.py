"""`python -m local.preflight [--json] [Name=value …]`."""

import sys

from local.preflight.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
