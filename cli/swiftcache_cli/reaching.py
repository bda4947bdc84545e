"""How a Redis is reached: its address, and a key. On a laptop the local stack's own DNS server knows the name."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING

from swiftcache_cli import output
from swiftcache_cli.errors import CliError, ConflictError

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.session import Session

AUTH = "REDISCLI_AUTH"
"""The variable that redis-cli and valkey-cli read a key from."""

APPLIED_SECONDS = 2.0
"""Within which a new key works, at the latest."""

DNS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`host` is what its certificate is for, `address` what to connect to."""

    host: str
    address: str
    port: int
    ca_file: str | None


@dataclass(frozen=True, slots=True)
class Login:
    """`user` is the key's id, or Redis's name for who sends a key alone."""

    user: str
    key: str = field(repr=False)


def endpoint(session: "Session", instance: "Json") -> Endpoint:
    """Raises ConflictError unless it runs, CliError if the local stack's DNS server does not know it."""
    connection = running(instance)
    host, dns = connection["host"], session.credentials.dns
    address = _address(host, dns) if dns else host
    return Endpoint(host, address, connection["port"], session.credentials.ca_file)


def running(instance: "Json") -> "Json":
    """Its connection."""
    found = instance["connection"]
    if not found:
        raise ConflictError(
            f"{instance['name']} is {instance['status']}: only a running instance takes connections",
            code="NOT_RUNNING",
            hint=f"swiftcache instances wait {instance['id']}",
        )
    return dict(found)


def _address(host: str, server: str) -> str:
    from dns.exception import DNSException
    from dns.resolver import Resolver

    address, _, port = server.rpartition(":")
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = [address], int(port), DNS_SECONDS
    try:
        return str(resolver.resolve(host, "A")[0])
    except DNSException as error:
        raise CliError(
            f"the local stack's DNS server at {server} does not tell {host}: {error}",
            code="NAME_NOT_KNOWN",
            hint="Is the stack still up? Sign in again if it was started anew: swiftcache login --local .swiftcache",
        ) from None


@contextmanager
def temporary_key(session: "Session", instance: "Json", *, read_only: bool) -> Iterator[Login]:
    """A key for this run alone, which is revoked at its end."""
    path = f"/instances/{instance['id']}/keys"
    role = "read-only" if read_only else "read-write"
    with _told_to_end():
        answer = session.api.post(path, {"name": f"cli-{token_hex(4)}", "role": role})
        key = answer["createdKey"]
        try:
            if not answer["applied"]:
                session.outside.sleep(APPLIED_SECONDS)
            yield Login(key["username"], key["plainTextKey"])
        finally:
            _revoke(session, path, key)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Whoever ends us, or closes the terminal, lets us clean up."""
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _revoke(session: "Session", path: str, key: "Json") -> None:
    try:
        with suppress(ConflictError):  # the instance does not run any more, and nor does anything with its keys
            session.api.delete(f"{path}/{key['id']}")
    except CliError as error:
        output.note(f"swiftcache: the key {key['name']} ({key['id']}) could not be revoked: {error}")
