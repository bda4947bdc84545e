"""Connecting to an instance's Redis as the control user, by address.

The public name may point elsewhere (a new task has no name yet, the old one no more), but the certificate is for the
name: so the connection goes to the address, and TLS verifies the name.
"""

import hashlib
import os
import socket
import ssl
from datetime import UTC, datetime
from functools import cache
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Endpoint
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis.acl import CONTROL_USER

_SECONDS = 2.0


@cache
def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Trusts these authorities, or the system's: loading those takes 20 ms, more than all the rest of a connection."""
    return ssl.create_default_context(cafile=ca_file)


def dial(endpoint: Endpoint, hostname: str, connect_seconds: float | None, seconds: float | None) -> ssl.SSLSocket:
    """A connection to the address, with TLS verified for the name. `seconds` limit each answer. Raises OSError."""
    plain = socket.create_connection((endpoint.address, endpoint.port), connect_seconds)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(seconds)
        # Raises where the other side has reset it by now: Python's own wrapping would raise too, but close nothing.
        plain.getpeername()
        return _trust(os.environ.get("SSL_CERT_FILE")).wrap_socket(plain, server_hostname=hostname)
    except BaseException:
        plain.close()
        raise


class _AddressedConnection(redis.SSLConnection):
    """Goes to `address`, and verifies that it is `host` which answers."""

    def __init__(self, address: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._address = address
        self.certificate: Certificate | None = None

    def _connect(self) -> ssl.SSLSocket:
        there = Endpoint(self._address, self.port)
        sock = dial(there, self.host, self.socket_connect_timeout, self.socket_timeout)
        self.certificate = _certificate_of(sock)
        return sock


def _certificate_of(sock: ssl.SSLSocket) -> Certificate:
    """What the other side has shown: there is always one, since it was verified."""
    der, found = sock.getpeercert(binary_form=True), sock.getpeercert()
    assert der
    assert found
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    return Certificate(timestamp(ends, "seconds"), hashlib.sha256(der).hexdigest())


def certificate_served(client: redis.Redis) -> Certificate | None:
    """The certificate that the client's connection was made with. None before its first command."""
    connection = client.connection_pool.get_connection()
    try:
        assert isinstance(connection, _AddressedConnection)
        return connection.certificate
    finally:
        client.connection_pool.release(connection)


def accepts(endpoint: Endpoint, seconds: float = _SECONDS) -> bool:
    """Whether a connection can be made there, whoever answers on it or not."""
    try:
        with socket.create_connection((endpoint.address, endpoint.port), seconds):
            return True
    except OSError:
        return False


def connect(endpoint: Endpoint, hostname: str, password: str, seconds: float = _SECONDS) -> redis.Redis:
    """A client with one connection, made with its first command. Close it, or use it as a context.

    `seconds` limit the connecting and each answer. It tries nothing again: callers know what may be repeated.
    """
    pool = redis.ConnectionPool(
        connection_class=_AddressedConnection,
        max_connections=1,
        address=endpoint.address,
        host=hostname,
        port=endpoint.port,
        username=CONTROL_USER,
        password=password,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        # Our user may not send CLIENT SETINFO.
        driver_info=None,
    )
    return redis.Redis.from_pool(pool)
