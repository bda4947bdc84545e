"""A bucket that keeps nothing: what it costs to send to S3 is then what is measured, and not what another program does.

It knows the calls of one upload, and how many bytes came with it.
"""

import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from tests.bench.servers import Handler, Server, serve

VERSION = "version-1"
_PIECE = 1024 * 1024


class Sink(Handler):
    def post(self) -> None:
        self.content()
        name = "InitiateMultipartUploadResult" if self._asks("uploads") else "CompleteMultipartUploadResult"
        body = f"<{name}><UploadId>upload-1</UploadId><ETag>tag</ETag></{name}>".encode()
        self.respond(200, body, {"Content-Type": "application/xml", "x-amz-version-id": VERSION})

    def handle_expect_100(self) -> bool:
        """At once: who sends a part waits for it."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def put(self) -> None:
        """A part. Its length is that of what it carries, also where it comes in pieces with their checksums."""
        decoded = self.headers.get("x-amz-decoded-content-length") or self.headers["Content-Length"]
        self.server.state["bytes"] += int(decoded)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self._take_pieces()
        else:
            self._take(int(self.headers["Content-Length"]))
        self.respond(200, b"", {"ETag": '"tag"'})

    def get(self) -> None:
        name = "ListMultipartUploadsResult" if self._asks("uploads") else "ListVersionsResult"
        self.respond(200, f"<{name}><IsTruncated>false</IsTruncated></{name}>".encode(), {})

    def head(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.server.state["bytes"]))
        self.send_header("x-amz-version-id", VERSION)
        self.end_headers()
        self.server.state["bytes"] = 0

    def _asks(self, word: str) -> bool:
        return word in parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    def _take(self, left: int) -> None:
        while left:
            left -= len(self.rfile.read(min(left, _PIECE)))

    def _take_pieces(self) -> None:
        while size := int(re.split(rb"[;\r]", self.rfile.readline())[0], 16):
            self._take(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass


if __name__ == "__main__":
    sink = Server(Sink, Counter())
    serve(f"http://{sink.address}")
