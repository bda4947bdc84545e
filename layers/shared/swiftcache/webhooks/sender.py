"""One POST to a receiver of webhooks, who may be slow, broken or hostile.

Only the status of the answer is read: a redirect is not followed, and no body is taken in.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

from swiftcache.webhooks.model import AttemptError, TargetRefused
from swiftcache.webhooks.ports import Sent
from swiftcache.webhooks.target_guard import Target, TargetGuard

USER_AGENT = "SwiftCache-Webhooks/1"
_SECONDS = 5.0


class HttpSender:
    """`seconds` is for everything from the connection to the status, once the name is resolved."""

    def __init__(
        self, guard: TargetGuard, seconds: float = _SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._guard = guard
        self._seconds = seconds
        self._clock = clock

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        start = self._clock()
        status, error = self._try(url, headers, body)
        return Sent(status, error, round((self._clock() - start) * 1000))

    def _try(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int | None, AttemptError | None]:
        try:
            target = self._guard.target(url)
            status = self._post(target, headers, body)
        except TargetRefused as refused:
            return None, refused.error
        except TimeoutError:
            return None, AttemptError.TIMED_OUT
        except ssl.SSLError:
            return None, AttemptError.TLS_FAILED
        except OSError:
            return None, AttemptError.CONNECTION_FAILED
        except http.client.HTTPException:
            return None, AttemptError.NOT_HTTP
        return status, None if 200 <= status < 300 else AttemptError.STATUS_NOT_2XX

    def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> int:
        end = self._clock() + self._seconds
        with closing(self._connected(target, end)) as plain, self._cut_off(plain, end):
            channel = _secured(plain, target.host) if target.secure else plain
            # A connection that has its socket already: neither does it resolve a name, nor connect anywhere else.
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = channel
            with closing(connection):
                connection.request(
                    "POST",
                    target.path,
                    body,
                    {
                        "Host": target.authority,
                        "User-Agent": USER_AGENT,
                        "Content-Type": "application/json",
                        "Connection": "close",
                        **headers,
                    },
                )
                with connection.getresponse() as answer:
                    return answer.status

    def _connected(self, target: Target, end: float) -> socket.socket:
        """A connection to the first of the checked addresses that takes one."""
        failure: OSError = TimeoutError()
        for address in target.addresses:
            left = end - self._clock()
            if left <= 0:
                break
            try:
                return socket.create_connection((address, target.port), timeout=left)
            except OSError as error:
                failure = error
        raise failure

    @contextmanager
    def _cut_off(self, connection: socket.socket, end: float) -> Iterator[None]:
        """Ends the conversation at a moment, however the other side spreads out its bytes. Raises TimeoutError."""
        over = threading.Event()
        duplicate = connection.dup()

        def cut() -> None:
            over.set()
            with suppress(OSError):
                duplicate.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(0.0, end - self._clock()), cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException):
            if not over.is_set():
                raise
        finally:
            timer.cancel()
            duplicate.close()
        # Also after a status: http.client takes headers that break off for complete ones.
        if over.is_set():
            raise TimeoutError


def _secured(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """TLS, verified for the host's name although we connected to an address."""
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
