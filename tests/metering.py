"""A client that knows what it has sent and received, byte by byte."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Self

from swiftcache.platform.counters import Counters


class MeteredClient:
    """Speaks Redis's protocol over TLS by itself, so that nothing is sent that is not counted here."""

    def __init__(self, host: str, port: int, name: str, ca: Path, key: str, user: str | None = None) -> None:
        self.commands = self.sent = self.received = 0
        plain = socket.create_connection((host, port), timeout=5)
        self._socket = ssl.create_default_context(cafile=str(ca)).wrap_socket(plain, server_hostname=name)
        self.do("AUTH", *([user] if user else []), key)

    def do(self, *words: str) -> bytes:
        """The whole answer to one command. The answer must be one line, or a bulk string."""
        self.send(*words)
        answer = self._until(lambda got: got.endswith(b"\r\n"))
        if answer.startswith(b"$") and not answer.startswith(b"$-1"):
            head = answer.index(b"\r\n") + 2
            whole = head + int(answer[1 : head - 2]) + 2
            answer = self._until(lambda got: len(got) == whole, answer)
        self.received += len(answer)
        return answer

    def send(self, *words: str) -> None:
        """A command whose answer is left to wait."""
        command = b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%b\r\n" % (len(word), word) for word in map(str.encode, words)
        )
        self._socket.sendall(command)
        self.commands += 1
        self.sent += len(command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def did(self, hits: int = 0, misses: int = 0) -> Counters:
        """What Redis should have counted, if so many look-ups found a key and so many did not."""
        return Counters(self.commands, self.sent, self.received, hits, misses)

    def _until(self, done: Callable[[bytes], bool], got: bytes = b"") -> bytes:
        while not done(got):
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("Redis hung up")
            got += more
        return got
