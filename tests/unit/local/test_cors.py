"""API Gateway's CORS, as its documentation has it, and what the template makes of the parameter AllowedOrigins."""

from functools import cache

import pytest

from local import template as templates
from local.cors import Cors, configured
from local.http_event import HttpRequest, HttpResponse
from tests.expanded import expanded

PAGE = "https://a.test"
CORS = Cors((PAGE, "http://b.test:3000"), ("GET", "POST"), ("authorization",), ("location",), 60)
REQUIRED = {
    "DomainName": "a.test",
    "HostedZoneId": "Z1",
    "CertificateSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:c",
    "RedisImage": "no-image@sha256:" + "0" * 64,
}


@cache
def template() -> templates.Template:
    return expanded()


def headers(method: str, *given: tuple[str, str], answered: tuple[tuple[str, str], ...] = ()) -> dict[str, str]:
    request = HttpRequest(method, "/", given, b"", "127.0.0.1")
    return dict(CORS.answered(request, HttpResponse(200, answered, b"")).headers)


def test_a_request_from_an_allowed_page_is_answered_with_its_origin() -> None:
    assert headers("GET", ("origin", PAGE)) == {
        "access-control-allow-origin": PAGE,
        "access-control-expose-headers": "location",
    }


def test_a_preflight_is_answered_with_what_is_allowed() -> None:
    assert headers("OPTIONS", ("origin", PAGE), ("access-control-request-method", "GET")) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization",
        "access-control-max-age": "60",
    }


@pytest.mark.parametrize("given", [(), (("origin", "https://b.test"),), (("origin", "HTTPS://A.TEST"),)])
def test_who_is_not_allowed_hears_nothing(given: tuple[tuple[str, str], ...]) -> None:
    assert headers("GET", *given) == {}


def test_what_the_function_says_of_it_itself_is_left_out() -> None:
    own = (("access-control-allow-origin", "*"), ("location", "/x"))
    assert headers("GET", answered=own) == {"location": "/x"}


@pytest.mark.parametrize(
    ("given", "origins"),
    [(PAGE, (PAGE,)), (f"{PAGE},http://b.test:3000", (PAGE, "http://b.test:3000"))],
)
def test_the_parameter_names_the_pages(given: str, origins: tuple[str, ...]) -> None:
    found = configured(template(), {**REQUIRED, "AllowedOrigins": given})
    assert found is not None
    assert found.origins == origins


@pytest.mark.parametrize("given", [{}, {"AllowedOrigins": ""}])
def test_without_the_parameter_there_is_no_cors(given: dict[str, str]) -> None:
    assert configured(template(), {**REQUIRED, **given}) is None
