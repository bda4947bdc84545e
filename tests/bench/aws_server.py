"""AWS as far as it is not what is measured: a table over HTTP, and state machines that take whatever is started.

    python -m tests.bench.aws_server INSTANCES[xORGANIZATIONS]...

In the table are organizations with so many instances each. For `servers.serving`; it prints its address. Of other
services it has nothing, and says so.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.bench.records import seed
from tests.bench.servers import serve
from tests.bench.table import Table


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one packet
    table: Table

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        status, body = 200, b""
        try:
            if service.startswith("DynamoDB_"):
                body = self.table.answer(operation, json.loads(content))
            elif operation == "StartExecution":
                request = json.loads(content)
                arn = request["stateMachineArn"].replace(":stateMachine:", ":execution:")
                body = json.dumps({"executionArn": f"{arn}:{request['name']}", "startDate": 0}).encode()
            else:
                raise NotImplementedError(f"there is no {service} {operation}")
        except NotImplementedError as error:
            status, body = 400, json.dumps({"__type": "ResourceNotFoundException", "message": str(error)}).encode()
        self._respond(status, body)

    def do_GET(self) -> None:
        self._respond(404, b"{}")

    def _respond(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def main() -> None:
    table = Table()
    seed(table, [size for argument in sys.argv[1:] for size in _sizes(argument)])
    handler = type("Handler", (_Handler,), {"table": table})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    serve(f"http://127.0.0.1:{server.server_port}")


def _sizes(argument: str) -> list[int]:
    instances, _, organizations = argument.partition("x")
    return [int(instances)] * int(organizations or 1)


if __name__ == "__main__":
    main()
