"""Lets Python resolve the local stack's names, which the system's resolver does not know: PYTHONPATH=this folder.

On AWS nobody needs it.
"""

import os
import socket
from typing import Any

import dns.resolver

_server, _, _port = os.environ["STACK_DNS"].rpartition(":")
_resolver = dns.resolver.Resolver(configure=False)
_resolver.nameservers, _resolver.port, _resolver.lifetime = [_server], int(_port), 5.0
_system = socket.getaddrinfo


def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
    if isinstance(host, bytes):  # as anyio has it
        host = host.decode()
    if isinstance(host, str) and host.endswith(os.environ["STACK_DOMAIN"]):
        try:
            host = str(_resolver.resolve(host, "A")[0])
        except dns.resolver.NXDOMAIN as error:
            raise socket.gaierror(socket.EAI_NONAME, f"no such name: {host}") from error
    return _system(host, *rest, **options)


socket.getaddrinfo = getaddrinfo
