"""What a request shows of who sends it: a cookie only where the browser says that a page of our own asks."""

from typing import Any

import pytest

from swiftcache.access.credentials import Credentials
from swiftcache.api.credentials import COOKIE, credentials_of
from swiftcache.api.routes import SIGN_IN, SIGN_OUT

ROUTE = "GET /api/v1/instances"
KEY, TOKEN = Credentials(account_key="sk_live_1"), Credentials(session_token="token")


def shown(route: str = ROUTE, cookies: tuple[str, ...] = (f"{COOKIE}=token",), **headers: str | None) -> Credentials:
    """The credentials in a request by https, of a page of ours unless it is said otherwise."""
    given: dict[str, str | None] = {"sec-fetch-site": "same-origin", "x-forwarded-proto": "https"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    event: dict[str, Any] = {
        "routeKey": route,
        "headers": {name: value for name, value in given.items() if value is not None},
    }
    return credentials_of(event | ({"cookies": list(cookies)} if cookies else {}))


def is_nothing(credentials: Credentials) -> bool:
    return not credentials.account_key and not credentials.session_token


def test_a_page_of_our_own_shows_its_session() -> None:
    assert shown() == TOKEN


@pytest.mark.parametrize(
    "site",
    [None, "", "none", "same-site", "cross-site", "Same-Origin", "same-origin,cross-site", "same-origin,same-origin"],
)
def test_the_cookie_of_any_other_request_is_as_if_it_were_not_there_and_the_answer_says_so(site: str | None) -> None:
    credentials = shown(sec_fetch_site=site)
    assert is_nothing(credentials)
    assert "Sec-Fetch-Site: same-origin" in credentials.missing


@pytest.mark.parametrize("site", ["same-origin", "cross-site", None])
def test_an_account_key_goes_before_a_cookie_and_needs_no_page(site: str | None) -> None:
    assert shown(authorization="Bearer sk_live_1", sec_fetch_site=site) == KEY


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer ", "Bearer"])
def test_an_authorization_that_bears_no_key_is_not_made_good_by_a_cookie(authorization: str) -> None:
    assert is_nothing(shown(authorization=authorization))


def test_no_session_begins_another() -> None:
    assert is_nothing(shown(SIGN_IN))
    assert shown(SIGN_IN, authorization="Bearer sk_live_1") == KEY


def test_only_a_cookie_says_which_session_is_to_end() -> None:
    assert shown(SIGN_OUT, authorization="Bearer sk_live_1") == TOKEN
    without = shown(SIGN_OUT, cookies=(), authorization="Bearer sk_live_1")
    assert is_nothing(without)
    assert "cookie" in without.missing
    assert is_nothing(shown(SIGN_OUT, sec_fetch_site="cross-site"))


def test_the_cookie_is_found_among_others() -> None:
    assert shown(cookies=("theme=dark", f"{COOKIE}=token", f"{COOKIE}2=other")) == TOKEN


@pytest.mark.parametrize("cookie", ["swiftcache=token", "__host-swiftcache=token", "__Secure-swiftcache=token"])
def test_by_https_only_a_cookie_that_no_other_host_could_have_set_counts(cookie: str) -> None:
    assert is_nothing(shown(cookies=(cookie,)))


def test_by_http_as_on_a_laptop_the_cookie_has_no_prefix() -> None:
    assert shown(cookies=("swiftcache=token",), x_forwarded_proto="http") == TOKEN
    assert is_nothing(shown(x_forwarded_proto="http"))


def test_what_does_not_say_how_it_came_is_taken_as_https() -> None:
    assert shown(x_forwarded_proto=None) == TOKEN


@pytest.mark.parametrize("cookies", [(), (f"{COOKIE}=",), (COOKIE,), ("",)])
def test_without_a_token_an_account_key_is_asked_for(cookies: tuple[str, ...]) -> None:
    assert shown(cookies=cookies) == Credentials()
