"""Lambda: moto keeps the functions' settings; an invocation goes to the stack's Lambda host, never to Docker."""

import json
import re
import uuid
from urllib.parse import parse_qs, unquote, urlsplit

from moto.core.request import Request

from local.aws.deliveries import Deliveries
from local.aws.dispatch import ACCOUNT, REGION, Dispatcher, Response
from local.aws.invoker import FunctionError, Invoker

PATH = r"/2015-03-31/functions/(?P<name>.+)/invocations/?"


class Functions:
    """Lambda's Invoke."""

    def __init__(self, dispatcher: Dispatcher, invoke: Invoker, deliveries: Deliveries) -> None:
        self._dispatcher = dispatcher
        self._invoke = invoke
        self._deliveries = deliveries
        dispatcher.replace_path("awslambda", PATH, self.invoke)

    def invoke(self, request: Request) -> Response:
        """Waits for the result, or for InvocationType Event only starts the function."""
        found = re.fullmatch(PATH, request.path)
        assert found is not None
        name, payload = unquote(found["name"]), json.loads(request.get_data() or b"{}")
        if qualifier := parse_qs(urlsplit(request.raw_url).query).get("Qualifier"):
            name = f"{name}:{qualifier[0]}"
        if not self._has_alias(name):
            return _not_found(name)
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            self._deliveries.submit(f"the event to function {name}", lambda: self._invoke(name, payload))
            return _response(202, b"")
        try:
            return _response(200, json.dumps(self._invoke(name, payload)).encode())
        except FunctionError as error:
            body = json.dumps(error.payload()).encode()
            return _response(200, body, **{"X-Amz-Function-Error": "Unhandled"})
        except LookupError:
            return _not_found(name)

    def _has_alias(self, name: str) -> bool:
        """Whether the function has the alias that it is called by, or is called by none."""
        function, _, alias = name.split(":function:")[-1].partition(":")
        if alias in ("", "$LATEST"):
            return True
        from moto.awslambda.models import lambda_backends

        with self._dispatcher.lock("awslambda"):
            return any(found.name == alias for found in lambda_backends[ACCOUNT][REGION].list_aliases(function))


def _not_found(name: str) -> Response:
    refusal = {"Type": "User", "Message": f"Function not found: {name}"}
    return _response(404, json.dumps(refusal).encode(), **{"x-amzn-ErrorType": "ResourceNotFoundException"})


def _response(status: int, body: bytes, **headers: str) -> Response:
    about = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(status, {**about, "X-Amz-Executed-Version": "$LATEST", **headers}, body)
