"""The head of a request as it came on the wire: Python's own parser, which is one for mails, forgives too much.

What two servers could read differently must be refused: who then do not agree where a request ends can be made to take
a part of one client's request for another's.
"""

import re
from io import BufferedIOBase

HEAD_LIMIT = 10_240  # bytes of the request line and all headers

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(_TOKEN + rb" [^\x00-\x20\x7f]+ HTTP/1\.[01]\r\n")
_HEADER_LINE = re.compile(_TOKEN + rb":[^\x00-\x08\x0a-\x1f\x7f]*\r\n")


class Input:
    """What a client sends. It remembers the lines of a head, while one is read."""

    def __init__(self, source: BufferedIOBase) -> None:
        self._source = source
        self._lines: list[bytes] | None = None
        self.read = source.read
        self.close = source.close

    def begin(self) -> None:
        """A head begins."""
        self._lines = []

    def end(self) -> list[bytes]:
        """The head has been read. Its lines: the request line, the headers, and an empty one."""
        lines, self._lines = self._lines or [], None
        return lines

    def readline(self, limit: int = -1) -> bytes:
        line = self._source.readline(limit)
        if self._lines is not None:
            self._lines.append(line)
        return line


def fault_of(head: list[bytes]) -> int | None:
    """The status that refuses this head; None if there is nothing wrong with it."""
    first, *headers, end = head
    hosts = sum(line.lower().startswith(b"host:") for line in headers)
    well_formed = _REQUEST_LINE.fullmatch(first) and all(map(_HEADER_LINE.fullmatch, headers)) and end == b"\r\n"
    if not well_formed or hosts > 1:
        return 400
    return 431 if sum(map(len, head)) > HEAD_LIMIT else None
