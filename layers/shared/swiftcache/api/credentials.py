"""How a request shows who sends it: by the header Authorization, or by the cookie of a session.

A browser sends a cookie along with whatever a page asks for, wherever that page is from. So the cookie counts only in
requests that a page of this very origin makes: the browser says so in `Sec-Fetch-Site`, which no page can set.
"""

from typing import Any

from swiftcache.access.credentials import Credentials, bearer
from swiftcache.api.routes import SIGN_IN, SIGN_OUT

COOKIE = "__Host-swiftcache"
"""Under this prefix a browser takes a cookie only from the host itself, by https, for the whole host (RFC 6265bis)."""

_COOKIE_BY_HTTP = "swiftcache"

_NO_SESSION = "there is no session to end: send its cookie"
_FROM_ELSEWHERE = (
    "a session's cookie counts only in requests of this API's own pages, of which the browser says "
    "Sec-Fetch-Site: same-origin; from anywhere else send your account key: Authorization: Bearer sk_live_…"
)


def credentials_of(event: dict[str, Any]) -> Credentials:
    """What this event of API Gateway (payload format 2.0) shows. The header Authorization goes before the cookie.

    Signing in takes an account key alone, so that no session prolongs itself; signing out takes the cookie alone.
    """
    route, headers = event["routeKey"], event.get("headers", {})
    authorization = headers.get("authorization")
    if authorization is not None and route != SIGN_OUT:
        return Credentials(account_key=bearer(authorization))
    token = _token(event)
    if not token or route == SIGN_IN:
        return Credentials(missing=_NO_SESSION) if route == SIGN_OUT else Credentials()
    if headers.get("sec-fetch-site") != "same-origin":
        return Credentials(missing=_FROM_ELSEWHERE)
    return Credentials(session_token=token)


def is_by_http(event: dict[str, Any]) -> bool:
    """Whether the request came by plain http, as to the local stack.

    API Gateway sets the header itself, whatever the client sent, and takes https alone.
    """
    return bool(event.get("headers", {}).get("x-forwarded-proto") == "http")


def cookie_name(event: dict[str, Any]) -> str:
    return _COOKIE_BY_HTTP if is_by_http(event) else COOKIE


def _token(event: dict[str, Any]) -> str:
    name = cookie_name(event)
    cookies = (cookie.partition("=") for cookie in event.get("cookies", []))
    return next((value for found, _, value in cookies if found == name), "")
