"""A network between two servers that is slower than this machine's own."""

import queue
import socket
import threading
import time
from contextlib import suppress

from swiftcache.instances.model import Endpoint


class SlowLink:
    """Listens at `endpoint` and brings all to `target`; what comes back arrives `delay` seconds later."""

    def __init__(self, target: Endpoint, delay: float) -> None:
        self._target = target
        self._delay = delay
        self._server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = Endpoint(*self._server.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Lets nobody in any more. Who is connected stays so until one side ends."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection((self._target.address, self._target.port))
                on_its_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                for work in (
                    lambda near=near, far=far: _copy(near, far),
                    lambda far=far, way=on_its_way: self._delay_all(far, way),
                    lambda near=near, far=far, way=on_its_way: _deliver(way, near, far),
                ):
                    threading.Thread(target=work, daemon=True).start()

    def _delay_all(self, source: socket.socket, way: "queue.SimpleQueue[tuple[float, bytes]]") -> None:
        data = b"-"
        while data:
            data = _receive(source)
            way.put((time.monotonic() + self._delay, data))


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := _receive(source):
        with suppress(OSError):
            target.sendall(data)
    _end(target)


def _deliver(way: "queue.SimpleQueue[tuple[float, bytes]]", near: socket.socket, far: socket.socket) -> None:
    due, data = way.get()
    while data:
        time.sleep(max(0.0, due - time.monotonic()))
        with suppress(OSError):
            near.sendall(data)
        due, data = way.get()
    _end(near)
    _end(far)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
