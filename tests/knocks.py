"""Connections that somebody begins, in whichever network they are: what becomes of one."""

import subprocess
import sys
from collections.abc import Sequence

OPEN, REFUSED, SILENT, UNREACHABLE = "open", "refused", "silent", "unreachable"
"""`SILENT`: there was no answer, as when the packets are dropped."""

SILENCE_SECONDS = 1.0

_CODE = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])).close()
    print("open")
except ConnectionRefusedError:
    print("refused")
except TimeoutError:
    print("silent")
except OSError:
    print("unreachable")
"""


def knock(host: str, port: int, enter: Sequence[str] = ()) -> str:
    """By this machine, or by whoever is where the command line `enter` leads."""
    there = (host, str(port), str(SILENCE_SECONDS))
    done = subprocess.run([*enter, sys.executable, "-c", _CODE, *there], capture_output=True, text=True, check=True)
    return done.stdout.strip()
