"""What the browser of a web page hears when the page calls the API: only those that AllowedOrigins names may."""

from collections.abc import Iterator, Mapping

import pytest
import requests

from tests.e2e.stack import Stack

PAGE = "https://console.example.com"
OTHER = "http://localhost:3000"

ASKS = {
    "Access-Control-Request-Method": "DELETE",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that two pages may call."""
    with Stack(tmp_path_factory.mktemp("opened") / "home", allowed_origins=f"{PAGE},{OTHER}") as stack:
        yield stack


def ask(stack: Stack, method: str, path: str, headers: Mapping[str, str]) -> requests.Response:
    return requests.request(method, f"{stack.facts['apiUrl']}{path}", headers=dict(headers), timeout=30)


def of_cors(answer: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-control-")}


@pytest.mark.parametrize("origin", [PAGE, OTHER])
@pytest.mark.parametrize("path", ["/api/v1/instances", "/api/v1/instances/inst_1", "/docs"])
def test_a_page_that_is_allowed_is_told_what_it_may_ask(opened: Stack, origin: str, path: str) -> None:
    answer = ask(opened, "OPTIONS", path, {"Origin": origin, **ASKS})
    assert (answer.status_code, answer.content) == (204, b"")
    assert of_cors(answer) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "DELETE,GET,HEAD,PATCH,POST",
        "access-control-allow-headers": "authorization,content-type,idempotency-key",
        "access-control-max-age": "3600",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/instances/regions", 200), ("/api/v1/instances/inst_1", 401), ("/api/v1/nothing", 404)],
)
def test_a_page_that_is_allowed_reads_answers_and_errors(opened: Stack, path: str, status: int) -> None:
    answer = ask(opened, "GET", path, {"Origin": PAGE})
    assert answer.status_code == status
    assert of_cors(answer) == {
        "access-control-allow-origin": PAGE,
        "access-control-expose-headers": "allow,idempotent-replay,location,retry-after",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "http://console.example.com",
        "https://console.example.com:8443",
        f"{PAGE}.evil.com",
        "null",
        "*",
    ],
)
def test_a_page_that_is_not_allowed_hears_nothing(opened: Stack, origin: str) -> None:
    for answer in (
        ask(opened, "OPTIONS", "/api/v1/instances", {"Origin": origin, **ASKS}),
        ask(opened, "GET", "/api/v1/instances/regions", {"Origin": origin}),
    ):
        assert of_cors(answer) == {}


def test_a_program_that_is_no_page_hears_nothing_of_it(opened: Stack) -> None:
    assert of_cors(ask(opened, "GET", "/api/v1/instances/regions", {})) == {}


def test_no_page_may_call_the_api_unless_it_is_named(stack: Stack) -> None:
    for answer in (
        ask(stack, "OPTIONS", "/api/v1/instances", {"Origin": PAGE, **ASKS}),
        ask(stack, "GET", "/api/v1/instances/regions", {"Origin": PAGE}),
    ):
        assert of_cors(answer) == {}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_is_allowed_uses_nobodys_session(opened: Stack, site: str) -> None:
    """It needs an account key of its own: no browser is told to let it send cookies, and no cookie of it counts."""
    key = {"Authorization": f"Bearer {opened.facts['token']}"}
    cookie = ask(opened, "POST", "/api/v1/session", key).headers["set-cookie"].partition(";")[0]
    path = f"/api/v1/organizations/{opened.facts['organizationId']}"
    from_there = {"Origin": PAGE, "Sec-Fetch-Site": site, "Cookie": cookie}
    for method in ("GET", "DELETE"):
        answer = ask(opened, method, path, from_there)
        assert answer.status_code == 401
        assert "access-control-allow-credentials" not in answer.headers
    assert ask(opened, "GET", "/api/v1/session", {"Sec-Fetch-Site": "same-origin", "Cookie": cookie}).status_code == 200
