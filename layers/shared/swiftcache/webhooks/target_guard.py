"""Where webhooks may be sent: to the public internet over HTTPS, and never into a network of ours.

A URL comes from a customer and is called by us, so it could name what only we reach: a metadata service, a private
network. The rule is on addresses, not on names: a name is resolved once, every address that it has must be public, and
the connection is made to one of these very addresses. A name that resolves otherwise a moment later changes nothing.
"""

import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from swiftcache.webhooks.model import AttemptError, TargetRefused

MAX_URL_LENGTH = 2048

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, numeric. Raises OSError."""

_PRINTABLE = re.compile(r"[!-~]+")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\Z"
)

_GLOBAL_IPV6 = IPv6Network("2000::/3")
"""What is routed at all. Outside are loopback, link-local, unique local, multicast, IPv4-mapped addresses, NAT64."""

_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers and, in places, by AWS
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: the metadata services of EC2, ECS and Lambda
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other protocols: an IPv4 address may be inside
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address is inside
        "3fff::/20",
    )
)
"""Said here besides `is_global`, whose answer depends on the version of Python."""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet reaches this address."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return False
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL whose host was resolved and checked: connect to `addresses`, and ask for nothing else."""

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """The Host header's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.secure) else f"{host}:{self.port}"


class TargetGuard:
    """Checks URLs. `allowed` are private networks that this stack may send to all the same, by http too.

    `seconds` is how long a name may take to resolve.
    """

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve | None = None, seconds: float = 3.0) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve or _resolve_in(seconds)

    def check(self, url: str) -> None:
        """Raises TargetRefused."""
        self.target(url)

    def target(self, url: str) -> Target:
        """The checked target. Resolves its host, once. Raises TargetRefused."""
        parts = _parsed(url)
        secure = parts.scheme == "https"
        host, port = str(parts.hostname), parts.port or _default_port(secure)
        try:
            addresses = tuple(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise TargetRefused(AttemptError.NAME_NOT_RESOLVED, f"the host {host} has no address")
        for text in addresses:
            self._check_address(ip_address(text), host, port, secure)
        path = parts.path or "/"
        return Target(secure, host, port, f"{path}?{parts.query}" if parts.query else path, addresses)

    def _check_address(self, address: Address, host: str, port: int, secure: bool) -> None:
        if any(address in network for network in self._allowed if network.version == address.version):
            return
        if not is_public(address):
            # Which address it is stays with us: it could be a look into our own network.
            raise TargetRefused(
                AttemptError.TARGET_FORBIDDEN, f"the host {host} has an address outside the public internet"
            )
        if not secure:
            raise TargetRefused(AttemptError.TARGET_FORBIDDEN, "url must begin with https://")
        if port != 443 and port < 1024:
            raise TargetRefused(AttemptError.TARGET_FORBIDDEN, f"the port is 443, or 1024 and above; this is {port}")


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, with commas between them. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _parsed(url: str) -> SplitResult:
    """The parts of a URL that every program reads the same way. Raises TargetRefused."""
    if len(url) > MAX_URL_LENGTH or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise _malformed(f"a URL has at most {MAX_URL_LENGTH} printable ASCII characters and no backslash")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _malformed("this is no URL") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _malformed("a URL looks like https://example.com/path")
    if "@" in parts.netloc:
        raise _malformed("a URL must not hold a user or a password")
    if "#" in url:
        raise _malformed("a URL to send to has no fragment (#)")
    if parts.port == 0 or parts.netloc.endswith(":"):
        raise _malformed("the port is missing")
    if not (_NAME.match(parts.hostname) or _is_address(parts.hostname)):
        raise _malformed("the host is neither a name nor an address; write other scripts in Punycode (xn--…)")
    return parts


def _malformed(message: str) -> TargetRefused:
    return TargetRefused(AttemptError.TARGET_FORBIDDEN, message)


def _is_address(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return "%" not in str(address)


def _default_port(secure: bool) -> int:
    return 443 if secure else 80


def _resolve_in(seconds: float) -> Resolve:
    def resolve(host: str, port: int) -> Sequence[str]:
        """The system's resolver, which has no time limit of its own, in a thread that is not waited for any longer."""
        found: list[str] = []

        def look() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                return
            found.extend(str(address[0]) for *_, address in answers)

        thread = threading.Thread(target=look, name="resolve", daemon=True)
        thread.start()
        thread.join(seconds)
        return [] if thread.is_alive() else found

    return resolve
