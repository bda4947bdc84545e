"""API Gateway's CORS (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html): which web pages
may call the API, and the headers by which their browsers hear of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.http_event import HttpRequest, HttpResponse
from local.template import ACCOUNT, REGION, Template

_OURS = "access-control-"
_ASKING = "access-control-request-method"


@dataclass(frozen=True, slots=True)
class Cors:
    """What `x-amazon-apigateway-cors` says; `max_age` in seconds."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: int

    def answered(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """The response with the configured headers, if they are for this request, and never with the function's own."""
        kept = tuple((name, value) for name, value in response.headers if not name.startswith(_OURS))
        return HttpResponse(response.status, (*kept, *self._of(request)), response.body)

    def _of(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        origin = dict(request.headers).get("origin")
        if origin not in self.origins:
            return
        yield "access-control-allow-origin", origin
        if is_preflight(request):
            yield "access-control-allow-methods", ",".join(self.methods)
            yield "access-control-allow-headers", ",".join(self.headers)
            yield "access-control-max-age", str(self.max_age)
        else:
            yield "access-control-expose-headers", ",".join(self.exposed)


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what a page may do."""
    names = {name for name, _ in request.headers}
    return request.method == "OPTIONS" and {"origin", _ASKING} <= names


def configured(template: Template, parameters: Mapping[str, str]) -> Cors | None:
    """The configuration of the template's API with these parameters; None if no page may call it."""
    found = _resolved(template, parameters)
    if found is None:
        return None
    return Cors(
        origins=tuple(found["allowOrigins"]),
        methods=tuple(found["allowMethods"]),
        headers=tuple(found["allowHeaders"]),
        exposed=tuple(found["exposeHeaders"]),
        max_age=found["maxAge"],
    )


def _resolved(template: Template, parameters: Mapping[str, str]) -> dict[str, Any] | None:
    """As CloudFormation makes it of conditions and references."""
    # Imported here: whoever only wants to know what CORS does has no need of moto.
    from moto.cloudformation.parsing import ResourceMap, clean_json

    resources = ResourceMap("", "", dict(parameters), {}, REGION, ACCOUNT, template.expanded, {})
    resources.load_parameters()
    resources.load_conditions()
    found: dict[str, Any] | None = clean_json(template.cors, resources)
    return found
