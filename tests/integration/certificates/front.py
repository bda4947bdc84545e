"""What stands between us and an authority: it hands all on, but for what is to go wrong."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from tests.integration.certificates.pebble import Pebble


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]


Trouble = Callable[[Callable[[], Reply]], Reply]
"""What happens instead of a request: it may make it."""


@dataclass
class Front:
    """`directory` is the authority's for us, `bundle` the file by which it is verified.

    `troubles` are by what the path of a request begins with; `met` are those that something happened to. Without an
    authority `behind` it every connection is closed without an answer.
    """

    directory: str
    bundle: Path
    behind: Pebble | None = None
    troubles: dict[str, Trouble] = field(default_factory=dict)
    met: list[str] = field(default_factory=list)

    def answer(self, path: str, ask: Callable[[], Reply]) -> Reply:
        for start, trouble in self.troubles.items():
            if path.startswith(start):
                self.met.append(path)
                return trouble(ask)
        return ask()


def says(status: int, body: str, kind: str = "application/json") -> Trouble:
    """Nobody is asked."""
    return lambda _: Reply(status, body.encode(), {"Content-Type": kind, "Replay-Nonce": "bm9uY2U"})


def problem(code: str, detail: str, status: int = 403) -> Trouble:
    """As ACME tells what is wrong."""
    text = json.dumps({"type": f"urn:ietf:params:acme:error:{code}", "detail": detail})
    return says(status, text, "application/problem+json")


RATE_LIMITED = problem("rateLimited", "too many certificates already issued: retry after tomorrow", 429)


def another_s_certificate(domain: str) -> Trouble:
    """For the right names, of a key that is not ours."""
    issued = trustme.CA().issue_cert(f"*.redis.{domain}")
    chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
    return says(200, chain, "application/pem-certificate-chain")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked goes without an answer."""


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    """In the beginning there is no authority behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    own = trustme.CA()
    own.cert_pem.write_to_path(str(folder / "bundle.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = made.answer(self.path, lambda: self._ask(body))
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def _ask(self, body: bytes) -> Reply:
            if made.behind is None:
                raise HTTPException
            trusting = ssl.create_default_context(cafile=str(made.behind.bundle))
            connection = HTTPSConnection(urlsplit(made.behind.directory).netloc, timeout=10, context=trusting)
            try:
                # With the host's name as we know it: the authority makes its links of that.
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                told = {name: value for name, value in answer.getheaders() if name.lower() not in _BETWEEN_TWO}
                return Reply(answer.status, answer.read(), told)
            finally:
                connection.close()

        def log_message(self, *_: object) -> None:
            """It is no concern of a test's output."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        made = Front(f"https://127.0.0.1:{server.server_port}/dir", folder / "bundle.pem")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


_BETWEEN_TWO = ("connection", "content-length", "transfer-encoding")
"""Headers that are about one connection alone."""
