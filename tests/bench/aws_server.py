"""AWS as far as it is not what is measured: a table over HTTP, and state machines that take whatever is started.

    python -m tests.bench.aws_server INSTANCES[xORGANIZATIONS]...

In the table are organizations with so many instances each. For `servers.serving`; it prints its address. Of other
services it has nothing, and says so.
"""

import json
import sys
from typing import Any

from tests.bench.records import seed
from tests.bench.servers import Handler, Server, serve
from tests.bench.table import Table

_JSON = {"Content-Type": "application/x-amz-json-1.0"}


class _Aws(Handler):
    def post(self) -> None:
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        content = self.content()
        try:
            self.respond(200, self._answer(service, operation, json.loads(content or b"{}")), _JSON)
        except NotImplementedError as error:
            refusal = {"__type": "ResourceNotFoundException", "message": str(error)}
            self.respond(400, json.dumps(refusal).encode(), _JSON)

    def get(self) -> None:
        self.respond(404, b"{}", _JSON)

    def _answer(self, service: str, operation: str, request: dict[str, Any]) -> bytes:
        if service.startswith("DynamoDB_"):
            table: Table = self.server.state
            return table.answer(operation, request)
        if operation == "StartExecution":
            arn = request["stateMachineArn"].replace(":stateMachine:", ":execution:")
            return json.dumps({"executionArn": f"{arn}:{request['name']}", "startDate": 0}).encode()
        raise NotImplementedError(f"there is no {service} {operation}")


def main() -> None:
    table = Table()
    seed(table, [size for argument in sys.argv[1:] for size in _sizes(argument)])
    serve(f"http://{Server(_Aws, table).address}")


def _sizes(argument: str) -> list[int]:
    instances, _, organizations = argument.partition("x")
    return [int(instances)] * int(organizations or 1)


if __name__ == "__main__":
    main()
