"""HTTP/1.1 as uvicorn and h11 read it, but stricter: they take what RFC 9112 lets a server forgive.

What two servers could read differently must be refused: who then do not agree where a request ends can be made to take
a part of one client's request for another's.
"""

import asyncio
import re
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.http_event import message

HEAD_LIMIT = 10_240  # bytes of the request line and all headers

_REQUEST_LINE = re.compile(rb"[^\r]* HTTP/1\.[01]")
# A line that ends in one character only, one that goes on in the next, and what no terminal should be sent.
_AMBIGUOUS = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[ \t]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FRAMING = re.compile(rb"(?i)\n(?:content-length|transfer-encoding):([^\r]*)")


class StrictProtocol(H11Protocol):
    """Says what is wrong with a request as API Gateway would."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self.conn = _StrictConnection()

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls it for whatever cannot be read."""
        assert isinstance(self.conn, _StrictConnection)
        status = self.conn.fault or HTTPStatus.BAD_REQUEST
        answer = message(status, status.phrase, ("connection", "close"))
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        head = h11.Response(status_code=status, headers=headers, reason=status.phrase)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else it is already answered
            for event in (head, h11.Data(data=answer.body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _StrictConnection(h11.Connection):
    """Looks at a head before h11 reads it."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, HEAD_LIMIT)
        self.fault: HTTPStatus | None = None

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self.their_state is h11.IDLE:
            self.fault = fault_of(self.trailing_data[0])
            if self.fault is not None:
                raise h11.RemoteProtocolError(self.fault.phrase)
        return super().next_event()


def fault_of(received: bytes) -> HTTPStatus | None:
    """The status that refuses what begins with a head, of which a part may be missing; None if h11 may read it."""
    head, end, _ = received.partition(b"\r\n\r\n")
    if len(head) + len(end) > HEAD_LIMIT:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    first, line_end, _ = head.partition(b"\r\n")
    framing = _FRAMING.findall(head)
    sound = (
        (_REQUEST_LINE.fullmatch(first) or not (line_end or end))
        and not _AMBIGUOUS.search(head if end else head.removesuffix(b"\r"))
        and len(framing) <= 1
        and b"," not in b"".join(framing)
    )
    return None if sound else HTTPStatus.BAD_REQUEST
