"""boto3 clients that are answered in this process: no socket, no credentials, no way to the real AWS."""

import threading
from io import BytesIO
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from local.aws.dispatch import REGION, Dispatcher

# moto reads the region from a signature. A real one would take a tenth of the time of each request.
AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/any/aws4_request"


class Clients:
    """Makes one client for each service. Clients of boto3 may be shared by threads."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service: str) -> Any:
        """The client of a service, by boto3's name of it."""
        if service not in self._clients:
            with self._lock:
                if service not in self._clients:
                    self._clients[service] = self._create(service)
        return self._clients[service]

    def _create(self, service: str) -> Any:
        if self._session is None:
            core = botocore.session.Session()
            core.set_config_variable("ignore_configured_endpoint_urls", True)
            self._session = boto3.session.Session(region_name=REGION, botocore_session=core)
        # The user agent is given, else it would be put together from sixteen parts, twice for each request.
        config = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED, user_agent="local")
        client = self._session.client(service, config=config)
        client.meta.events.register_first("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        request.headers["Authorization"] = AUTHORIZATION
        response = self._dispatcher.respond(request)
        headers = HTTPHeaders()
        for name, value in response.headers.items():
            headers[name] = value
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))


class _Raw(BytesIO):
    """A body as botocore reads one from urllib3."""

    def stream(self, **_: Any) -> Any:
        while contents := self.read():
            yield contents
