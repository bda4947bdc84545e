"""A function that answers at once, behind the local stack's own gateway and runtime, for `servers.serving`.

    python -m tests.bench.bare_lambda FOLDER

What it serves is what any request costs there. It prints its address.
"""

import sys
from pathlib import Path

from local.function_process import unload
from local.gateway import Gateway
from local.lambda_host import Deployed, LambdaHost, Surroundings
from local.template import Function, Route
from tests.bench.servers import serve

CODE = """
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{}"}
"""
NAME = "bare"


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / "app.py").write_text(CODE, encoding="utf-8")
    function = Function(NAME, folder, "app.handler", (), timeout=10, memory=1024, reserved=None)
    host = LambdaHost()
    host.start()
    # It asks nobody for anything.
    surroundings = Surroundings("http://127.0.0.1:1", folder / "none.pem", ("127.0.0.1", 1), folder)
    host.deploy([Deployed(function, NAME, {})], surroundings)
    gateway = Gateway(0)
    try:
        host.warm().result()
        gateway.start([Route("GET", "/{any+}", NAME)], host.submit)
        serve(gateway.url)
    finally:
        gateway.stop()
        host.stop()
        unload()


if __name__ == "__main__":
    main()
