"""A DNS server for the hosted zone: a name resolves exactly while its record exists.

It answers for the zone only, and never asks another server, so that nothing local depends on a network.
"""

import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from dnslib import EDNS0, QTYPE, RCODE, RR, SOA, A, DNSError, DNSRecord

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


Answer = Callable[[bytes], bytes | None]


class DnsServer:
    """Answers over UDP and TCP on one port of 127.0.0.1, from `records` as they are at that moment."""

    def __init__(self, zone: str, records: Callable[[], Iterable[Record]], port: int = PREFERRED_PORT) -> None:
        """Takes `port`, or a free one if it is taken. Raises OSError if none is free."""
        answer = _Zone(zone.lower().rstrip("."), records).answer
        self._udp, self._tcp = _bind(port, answer)
        self._started = False
        self.address = ("127.0.0.1", int(self._tcp.server_address[1]))

    def start(self) -> None:
        """Answers in the background."""
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.05,), name="dns", daemon=True).start()
        self._started = True

    def stop(self) -> None:
        """Closes both sockets."""
        for server in (self._udp, self._tcp):
            if self._started:
                server.shutdown()
            server.server_close()
        self._started = False


class _Zone:
    def __init__(self, name: str, records: Callable[[], Iterable[Record]]) -> None:
        self._name = name
        self._records = records

    def answer(self, packet: bytes) -> bytes | None:
        """The reply to a packet, or None if it is no question that could be answered."""
        try:
            request = DNSRecord.parse(packet)
        except DNSError:
            return None
        if request.header.qr or not request.questions:
            return None
        reply = request.reply(ra=0, aa=1)
        if any(record.rtype == QTYPE.OPT for record in request.ar):
            reply.add_ar(EDNS0(udp_len=1232))
        self._fill(reply, str(request.q.qname).lower().rstrip("."))
        packed: bytes = reply.pack()
        return packed

    def _fill(self, reply: DNSRecord, name: str) -> None:
        if name != self._name and not name.endswith(f".{self._name}"):
            reply.header.rcode = RCODE.REFUSED
            reply.header.aa = 0
            return
        records = list(self._records())
        found = [record for record in records if record.name == name]
        if reply.q.qtype in (QTYPE.A, QTYPE.ANY):
            for record in found:
                for address in record.addresses:
                    reply.add_answer(RR(reply.q.qname, QTYPE.A, ttl=record.ttl, rdata=A(address)))
        if name == self._name and reply.q.qtype in (QTYPE.SOA, QTYPE.ANY):
            reply.add_answer(self._soa())
        if not reply.rr:
            is_parent = name == self._name or any(record.name.endswith(f".{name}") for record in records)
            reply.header.rcode = RCODE.NOERROR if found or is_parent else RCODE.NXDOMAIN
            reply.add_auth(self._soa())

    def _soa(self) -> RR:
        times = (1, 60, 60, 3600, _NEGATIVE_TTL)  # serial, refresh, retry, expire, negative TTL
        soa = SOA(f"ns.{self._name}", f"hostmaster.{self._name}", times)
        return RR(self._name, QTYPE.SOA, ttl=_NEGATIVE_TTL, rdata=soa)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", port), _UdpHandler)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", port), _TcpHandler)


class _UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Udp)
        packet, server_socket = self.request
        if reply := self.server.answer(packet):
            server_socket.sendto(reply, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    timeout = 5  # seconds of silence
    disable_nagle_algorithm = True

    def handle(self) -> None:
        assert isinstance(self.server, _Tcp)
        try:
            while len(prefix := self.rfile.read(2)) == 2:
                reply = self.server.answer(self.rfile.read(int.from_bytes(prefix)))
                if reply is None:
                    return
                self.wfile.write(len(reply).to_bytes(2) + reply)
        except (TimeoutError, ConnectionError):
            return


def _bind(port: int, answer: Answer) -> tuple[_Udp, _Tcp]:
    """Both servers on the wanted port, or else on one that is free for both."""
    for candidate in [port] + [0] * _ATTEMPTS:
        try:
            tcp = _Tcp(candidate, answer)
        except OSError:
            continue
        try:
            return _Udp(int(tcp.server_address[1]), answer), tcp
        except OSError:
            tcp.server_close()
    raise OSError("no port of 127.0.0.1 is free for the DNS server")
