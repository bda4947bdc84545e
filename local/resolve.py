"""Prints the address of an instance: `python -m local.resolve HOSTNAME`.

The system's resolver does not know the local stack; this asks its DNS server, as `dig` would.
"""

import json
import os
import sys
from pathlib import Path

from dnslib import RCODE, DNSError, DNSRecord


def main(arguments: list[str]) -> str:
    """The address of the host named in the arguments. Raises SystemExit with the reason if there is none."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m local.resolve HOSTNAME")
    [host] = arguments
    announcement = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache"), "local.json")
    try:
        address, port = json.loads(announcement.read_text())["dns"].split(":")
    except FileNotFoundError:
        raise SystemExit(f"no stack is running here ({announcement} is missing); start one: make run") from None
    try:
        reply = DNSRecord.parse(DNSRecord.question(host).send(address, int(port), timeout=5))
    except (OSError, DNSError) as error:
        raise SystemExit(f"the DNS server at {address}:{port} does not answer: {error}") from error
    if not reply.rr:
        raise SystemExit(f"{host}: {RCODE[reply.header.rcode]}; is the instance RUNNING?")
    return str(reply.rr[0].rdata)


if __name__ == "__main__":
    print(main(sys.argv[1:]))
