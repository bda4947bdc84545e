"""Browsers that sign in, from outside: what a session opens, what ends it, and what others can do with it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.e2e.test_organizations import Tenant, gone

COOKIE = "swiftcache"
PAGE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of the requests of our own pages, and no page can say itself."""


class Browser:
    """One that keeps cookies, and shows a page of the API's own origin."""

    def __init__(self, api: Api) -> None:
        self.url = api.url
        self.kept = requests.Session()

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> requests.Response:
        given = PAGE if headers is None else headers
        return self.kept.request(method, f"{self.url}/api/v1{path}", headers=given, timeout=30, **options)

    def sign_in(self, key: str) -> requests.Response:
        answer = self.send("POST", "/session", PAGE | {"Authorization": f"Bearer {key}"})
        assert answer.status_code == 201, answer.text
        return answer

    @property
    def token(self) -> str:
        return str(self.kept.cookies[COOKIE])


def stolen(browser: Browser, api: Api) -> Browser:
    """Another browser, with the cookie of this one."""
    other = Browser(api)
    other.kept.cookies.set(COOKIE, browser.token)
    return other


@pytest.fixture
def tenant(api: Api) -> Iterator[Tenant]:
    tenant = Tenant(api, 1)
    yield tenant
    gone(tenant)


@pytest.fixture
def browser(tenant: Tenant) -> Browser:
    """The owner has signed in."""
    browser = Browser(tenant)
    browser.sign_in(tenant.token)
    return browser


def key_of(tenant: Tenant, role: str) -> tuple[str, str, str]:
    """A new member of this role with an account key: the member's id, the key's, and the key itself."""
    member = tenant.send("POST", f"{tenant.path}/members", json={"name": "Ada", "role": role}).json()["member"]["id"]
    wanted = {"name": "browser", "role": role, "memberId": member}
    created = tenant.send("POST", f"{tenant.path}/keys", json=wanted).json()["createdKey"]
    return member, created["id"], created["plainTextKey"]


def name_of(tenant: Tenant) -> str:
    return str(tenant.operator.send("GET", tenant.path).json()["organization"]["name"])


def test_a_page_signs_in_reads_and_writes_without_an_account_key(tenant: Tenant) -> None:
    browser = Browser(tenant)
    answer = browser.sign_in(tenant.token)
    cookie = answer.headers["set-cookie"]
    assert cookie == f"{COOKIE}={browser.token}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"
    session = answer.json()["session"]
    assert (session["organizationName"], session["memberName"], session["role"]) == ("Tenant", "owner", "owner")
    assert browser.send("GET", "/session").json() == answer.json()
    assert browser.send("PATCH", tenant.path, json={"name": "Renamed"}).status_code == 200
    assert browser.send("GET", tenant.path).json()["organization"]["name"] == "Renamed"
    [renamed] = tenant.send("GET", f"{tenant.path}/audit?action=organization.changed").json()["entries"]
    assert (renamed["actor"]["keyId"], renamed["actor"]["keyName"]) == (session["keyId"], "first")


def test_a_request_of_a_session_is_as_safe_to_repeat_as_one_of_its_key(tenant: Tenant, browser: Browser) -> None:
    once = {"Idempotency-Key": "once"}
    asked = {"name": "ci", "role": "viewer"}
    first = browser.send("POST", f"{tenant.path}/keys", PAGE | once, json=asked)
    assert first.status_code == 201
    assert browser.send("POST", f"{tenant.path}/keys", PAGE | once, json=asked).text == first.text
    assert tenant.send("POST", f"{tenant.path}/keys", headers=once, json=asked).text == first.text


@pytest.mark.parametrize("site", [None, "none", "same-site", "cross-site"])
def test_what_no_page_of_ours_asks_for_finds_no_session(tenant: Tenant, browser: Browser, site: str | None) -> None:
    said = {"Sec-Fetch-Site": site} if site else {}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example.com"}
    for answer in (
        browser.send("GET", tenant.path, said),
        browser.send("GET", "/session", said),
        browser.send("PATCH", tenant.path, said, json={"name": "Taken"}),
        browser.send("POST", f"{tenant.path}/keys", said, json={"name": "mine", "role": "owner"}),
        browser.send("POST", f"{tenant.path}/keys", said | form, data={"name": "mine", "role": "owner"}),
        browser.send("POST", "/session", said | form),
        browser.send("DELETE", tenant.path, said),
        browser.send("DELETE", "/session", said),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED"), answer.request.url
        assert "set-cookie" not in answer.headers
    assert name_of(tenant) == "Tenant"
    assert len(tenant.send("GET", f"{tenant.path}/keys").json()["keys"]) == 1
    assert browser.send("GET", "/session").status_code == 200, "it goes on"


def test_a_stolen_cookie_is_worth_nothing_after_the_owner_has_signed_out(tenant: Tenant, browser: Browser) -> None:
    thief = stolen(browser, tenant)
    assert thief.send("GET", tenant.path).status_code == 200
    answer = browser.send("DELETE", "/session")
    assert (answer.status_code, answer.content) == (204, b"")
    assert COOKIE not in browser.kept.cookies
    assert thief.send("GET", tenant.path).status_code == 401
    assert thief.send("PATCH", tenant.path, json={"name": "Taken"}).status_code == 401
    assert name_of(tenant) == "Tenant"


def test_signing_out_is_repeatable_and_needs_the_cookie(tenant: Tenant, browser: Browser) -> None:
    again = stolen(browser, tenant)
    assert browser.send("DELETE", "/session").status_code == 204
    assert again.send("DELETE", "/session").status_code == 204
    assert browser.send("DELETE", "/session").status_code == 401
    assert browser.send("DELETE", "/session", PAGE | {"Authorization": f"Bearer {tenant.token}"}).status_code == 401


def test_a_session_ends_the_moment_its_key_is_revoked(tenant: Tenant) -> None:
    _, key_id, key = key_of(tenant, "admin")
    browser = Browser(tenant)
    browser.sign_in(key)
    assert browser.send("GET", tenant.path).status_code == 200
    assert tenant.send("DELETE", f"{tenant.path}/keys/{key_id}").status_code == 200
    assert browser.send("GET", tenant.path).status_code == 401
    assert browser.send("POST", f"{tenant.path}/members", json={"name": "x", "role": "viewer"}).status_code == 401


def test_a_session_may_less_the_moment_its_members_role_is_lowered(tenant: Tenant) -> None:
    member, _, key = key_of(tenant, "admin")
    browser = Browser(tenant)
    browser.sign_in(key)
    assert browser.send("POST", f"{tenant.path}/members", json={"name": "x", "role": "viewer"}).status_code == 201
    assert tenant.send("PATCH", f"{tenant.path}/members/{member}", json={"role": "viewer"}).status_code == 200
    assert browser.send("POST", f"{tenant.path}/members", json={"name": "x", "role": "viewer"}).status_code == 403
    assert browser.send("GET", "/session").json()["session"]["role"] == "viewer"
    assert tenant.send("DELETE", f"{tenant.path}/members/{member}").status_code == 200
    assert browser.send("GET", "/session").status_code == 401


def test_a_session_ends_the_moment_its_organization_is_suspended(tenant: Tenant, browser: Browser) -> None:
    tenant.suspend()
    assert browser.send("GET", tenant.path).status_code == 401


def test_the_account_key_goes_before_the_cookie(tenant: Tenant, browser: Browser) -> None:
    _, key_id, key = key_of(tenant, "viewer")
    both = PAGE | {"Authorization": f"Bearer {key}"}
    assert browser.send("GET", "/session", both).json()["session"]["keyId"] == key_id
    assert browser.send("PATCH", tenant.path, both, json={"name": "x"}).status_code == 403
    assert browser.send("GET", "/session", PAGE | {"Authorization": "Bearer sk_live_wrong"}).status_code == 401


def test_a_session_is_kept_for_twelve_hours_at_most_and_as_hashes(stack: Stack, browser: Browser) -> None:
    table, client = stack.outputs()["TableName"], stack.aws("dynamodb")
    items = [item for item in client.scan(TableName=table)["Items"] if item["SK"]["S"] == "SESSION"]
    assert items
    for item in items:
        assert set(item) == {"PK", "SK", "accountKeySha256", "expiresAt", "ttl"}
        assert int(item["ttl"]["N"]) <= time.time() + 12 * 3600
    assert browser.token not in str(items)


@pytest.mark.parametrize("cookie", ["__Host-swiftcache=x", "swiftcache=", "swiftcache", "swiftcache=x; swiftcache=y"])
def test_any_other_cookie_is_no_session(api: Api, cookie: str) -> None:
    answer = requests.get(f"{api.url}/api/v1/session", headers=PAGE | {"Cookie": cookie}, timeout=30)
    assert answer.status_code == 401
