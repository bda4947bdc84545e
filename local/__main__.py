"""`python -m local`: the whole stack in the foreground, until Ctrl-C or SIGTERM."""

# The processes of functions import this module anew: nothing else is imported until it is known to be `main`.
if __name__ == "__main__":
    import sys

    from local.run import run

    sys.exit(run())
