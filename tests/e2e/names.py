"""Names as the stack's own DNS server tells them: the system's resolver does not know them."""

from collections.abc import Iterator
from contextlib import contextmanager

import dns.resolver


class Names:
    """A resolver that asks one server, given as `host:port`, and remembers nothing."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [host]
        self._resolver.port = int(port)
        self._resolver.lifetime = 5.0

    def resolve(self, name: str, over_tcp: bool = False) -> list[str]:
        """The addresses of a name; none if the server says that there is no such name (NXDOMAIN)."""
        try:
            return [str(record) for record in self._resolver.resolve(name, "A", tcp=over_tcp)]
        except dns.resolver.NXDOMAIN:
            return []

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Lets everything in this process resolve names here, for as long as the context is open."""
        dns.resolver.override_system_resolver(self._resolver)
        try:
            yield
        finally:
            dns.resolver.restore_system_resolver()
