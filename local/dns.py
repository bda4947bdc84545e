"""A DNS server for the hosted zone: a name resolves exactly while its record exists.

It answers for the zone only, and never asks another server, so that nothing local depends on a network.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from dnslib import EDNS0, QTYPE, RCODE, RR, SOA, TXT, A, DNSError, DNSRecord
from dnslib.server import DNSHandler, DNSLogger, DNSServer

PREFERRED_PORT = 8053
_NEGATIVE_TTL = 1  # seconds that a resolver may remember that a name is missing
_ATTEMPTS = 20


class Record(Protocol):
    """An A record set: `name` in lower case without the last dot, `ttl` in seconds."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def ttl(self) -> int: ...


class Text(Protocol):
    """A TXT record set, in the same form; each of `values` is one text."""

    @property
    def name(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def ttl(self) -> int: ...


class DnsServer:
    """Answers over UDP and TCP on one port of a host, from `records` and `texts` as they are at that moment."""

    def __init__(
        self,
        zone: str,
        records: Callable[[], Iterable[Record]],
        port: int = PREFERRED_PORT,
        texts: Callable[[], Iterable[Text]] = tuple,
        host: str = "127.0.0.1",
    ) -> None:
        """Takes `port`, or a free one if it is taken. Raises OSError if none is free."""
        self._udp, self._tcp = _bind(host, port, _Zone(zone.lower().rstrip("."), records, texts))
        self._started = False
        self.address = (host, _port(self._tcp))

    def start(self) -> None:
        """Answers in the background."""
        for server in (self._udp, self._tcp):
            # Not by `start_thread`, whose server looks only twice a second whether it is to stop.
            threading.Thread(target=server.server.serve_forever, args=(0.05,), name="dns", daemon=True).start()
        self._started = True

    def stop(self) -> None:
        """Closes both sockets."""
        for server in (self._udp, self._tcp):
            if self._started:
                server.stop()
            server.server.server_close()
        self._started = False


class _Zone:
    def __init__(self, name: str, records: Callable[[], Iterable[Record]], texts: Callable[[], Iterable[Text]]) -> None:
        self._name = name
        self._records = records
        self._texts = texts

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """The reply to a packet. Raises DNSError, which sends none, if it is no question."""
        if request.header.qr or not request.questions:
            raise DNSError("no question")
        reply = request.reply(ra=0, aa=1)
        if any(record.rtype == QTYPE.OPT for record in request.ar):
            reply.add_ar(EDNS0(udp_len=1232))
        self._fill(reply, str(request.q.qname).lower().rstrip("."))
        return reply

    def _fill(self, reply: DNSRecord, name: str) -> None:
        if name != self._name and not name.endswith(f".{self._name}"):
            reply.header.rcode = RCODE.REFUSED
            reply.header.aa = 0
            return
        records = list(self._records())
        texts = list(self._texts())
        found = [record for record in records if record.name == name]
        said = [text for text in texts if text.name == name]
        if reply.q.qtype in (QTYPE.A, QTYPE.ANY):
            for record in found:
                for address in record.addresses:
                    reply.add_answer(RR(reply.q.qname, QTYPE.A, ttl=record.ttl, rdata=A(address)))
        if reply.q.qtype in (QTYPE.TXT, QTYPE.ANY):
            for text in said:
                for value in text.values:
                    reply.add_answer(RR(reply.q.qname, QTYPE.TXT, ttl=text.ttl, rdata=TXT(value)))
        if name == self._name and reply.q.qtype in (QTYPE.SOA, QTYPE.ANY):
            reply.add_answer(self._soa())
        if not reply.rr:
            is_parent = name == self._name or any(
                known.endswith(f".{name}") for known in (*(one.name for one in records), *(one.name for one in texts))
            )
            reply.header.rcode = RCODE.NOERROR if found or said or is_parent else RCODE.NXDOMAIN
            reply.add_auth(self._soa())

    def _soa(self) -> RR:
        times = (1, 60, 60, 3600, _NEGATIVE_TTL)  # serial, refresh, retry, expire, negative TTL
        soa = SOA(f"ns.{self._name}", f"hostmaster.{self._name}", times)
        return RR(self._name, QTYPE.SOA, ttl=_NEGATIVE_TTL, rdata=soa)


def _bind(host: str, port: int, zone: _Zone) -> tuple[DNSServer, DNSServer]:
    """Servers for UDP and TCP on the wanted port, or else on one that is free for both."""
    logger = DNSLogger("-request,-reply,-truncated,-error")
    for candidate in [port] + [0] * _ATTEMPTS:
        try:
            tcp = DNSServer(zone, host, candidate, tcp=True, logger=logger)
        except OSError:
            continue
        try:
            return DNSServer(zone, host, _port(tcp), logger=logger), tcp
        except OSError:
            tcp.server.server_close()
    raise OSError(f"no port of {host} is free for the DNS server")


def _port(server: DNSServer) -> int:
    return int(server.server.server_address[1])
