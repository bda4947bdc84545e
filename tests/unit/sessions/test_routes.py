"""Signing in and out, and all that a session opens, on fakes of the world."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.api.credentials import COOKIE
from swiftcache.api.routes import ACCESS, SESSION, SIGN_IN, SIGN_OUT
from swiftcache.api.wiring import idempotency
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.aws import now
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256
from tests.api_world import ORGANIZATION, TOKEN, Answer, World
from tests.samples import AT, NOW, a_member, an_account_key, an_entry
from tests.unit.api.test_roles import SAMPLES

READ = "get_organization"
WRITE = "change_organization"
KEY = "sk_live_of_the_browser"


class Browser:
    """One that a page of our own runs in. `cookie` is what it keeps, and `headers` what it says besides."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cookie = ""
        self.headers: dict[str, str | None] = {"sec-fetch-site": "same-origin", "authorization": None}

    def send(self, name: str, **headers: str | None) -> Answer:
        """Sends the sample event of this name."""
        cookies = [f"{COOKIE}={self.cookie}"] if self.cookie else []
        return self.keep(self.world.raw(name, headers=self.headers | headers, cookies=cookies))

    def sign_in(self, key: str = KEY, **headers: str | None) -> Answer:
        return self.send("create_session", authorization=f"Bearer {key}", **headers)

    def keep(self, raw: dict[str, Any]) -> Answer:
        for cookie in raw.get("cookies", []):
            assert cookie.startswith(f"{COOKIE}=")
            self.cookie = cookie.partition(";")[0].removeprefix(f"{COOKIE}=")
        return Answer(raw)


@pytest.fixture
def browser(world: World) -> Browser:
    """Its user is an admin, and has an account key for it."""
    before = world.accounts.membership(ORGANIZATION)
    assert before is not None
    ids: dict[str, Any] = {"organization_id": ORGANIZATION, "role": Role.ADMIN}
    after = before.with_member(a_member(id="mem_ada", name="Ada", **ids))
    after = after.with_key(an_account_key(KEY, id="key_ada", member_id="mem_ada", **ids))
    world.accounts.save(before, after, an_entry())
    return Browser(world)


def test_an_account_key_is_exchanged_for_a_cookie_that_no_script_reads_and_no_other_site_sends(
    world: World, browser: Browser
) -> None:
    raw = world.raw("create_session", headers={"authorization": f"Bearer {KEY}"})
    [cookie] = raw["cookies"]
    name, *attributes = cookie.split("; ")
    assert name.startswith(f"{COOKIE}=")
    assert attributes == ["Path=/", "Max-Age=43200", "HttpOnly", "Secure", "SameSite=Strict"]
    assert raw["statusCode"] == 201
    assert raw["headers"]["Cache-Control"] == "no-store"


def test_the_answer_says_who_is_signed_in_and_holds_no_secret(browser: Browser) -> None:
    answer = browser.sign_in()
    assert answer.body == {
        "session": {
            "organizationId": ORGANIZATION,
            "organizationName": "Acme",
            "memberId": "mem_ada",
            "memberName": "Ada",
            "keyId": "key_ada",
            "role": "admin",
            "expiresAt": "2026-01-02T15:04:05.678Z",
        }
    }
    assert browser.cookie not in answer.text


def test_each_session_has_256_bits_of_its_own_and_only_its_hash_is_kept(world: World, browser: Browser) -> None:
    tokens = set()
    for _ in range(3):
        browser.sign_in()
        tokens.add(browser.cookie)
    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {43}
    assert set(world.sessions.stored) == {sha256(token) for token in tokens}


def test_by_plain_http_as_on_a_laptop_the_cookie_is_one_that_every_browser_takes(world: World) -> None:
    raw = world.raw("create_session", headers={"x-forwarded-proto": "http"})
    [cookie] = raw["cookies"]
    assert cookie.startswith("swiftcache=")
    assert cookie.partition("; ")[2] == "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"


def test_the_session_reads_and_writes_as_its_key_would(world: World, browser: Browser) -> None:
    browser.sign_in(TOKEN)
    assert browser.send(READ).status == 200
    assert browser.send(WRITE).status == 200
    assert (world.accounts.audit[-1].actor_key_id, world.accounts.audit[-1].actor_role) == ("key_owner", "owner")


def test_a_session_may_no_more_than_its_key(browser: Browser) -> None:
    browser.sign_in()
    assert (browser.send(READ).status, browser.send(WRITE).status) == (200, 403)


def test_who_is_signed_in_is_told_until_when(browser: Browser) -> None:
    begun = browser.sign_in()
    assert browser.send("get_session").body == begun.body


def test_an_account_key_is_told_who_it_is_and_its_own_end(world: World, browser: Browser) -> None:
    answer = world.send("get_session", headers={"authorization": f"Bearer {KEY}"})
    assert (answer.body["session"]["keyId"], answer.body["session"]["expiresAt"]) == ("key_ada", None)


def test_a_session_ends_after_twelve_hours(world: World, browser: Browser) -> None:
    browser.sign_in()
    world.injector.given[now] = lambda: NOW + timedelta(hours=12) - timedelta(milliseconds=1)
    assert browser.send(READ).status == 200
    world.injector.given[now] = lambda: NOW + timedelta(hours=12)
    answer = browser.send(READ)
    assert (answer.status, answer.body["code"]) == (401, "NOT_AUTHENTICATED")
    assert "sign in again" in answer.body["detail"]


def test_no_use_prolongs_a_session(world: World, browser: Browser) -> None:
    browser.sign_in()
    for hours in range(12):
        world.injector.given[now] = lambda hours=hours: NOW + timedelta(hours=hours)
        assert browser.send("get_session").body["session"]["expiresAt"] == "2026-01-02T15:04:05.678Z"


def test_a_session_does_not_begin_another(world: World, browser: Browser) -> None:
    browser.sign_in()
    answer = browser.send("create_session")
    assert (answer.status, len(world.sessions.stored)) == (401, 1)


def test_a_session_ends_with_its_key(world: World, browser: Browser) -> None:
    before = world.accounts.membership(ORGANIZATION)
    assert before is not None
    soon = NOW + timedelta(minutes=5)
    ids: dict[str, Any] = {"organization_id": ORGANIZATION, "member_id": "mem_ada", "role": Role.ADMIN}
    key = an_account_key("sk_live_short", id="key_short", expires_at=timestamp(soon), **ids)
    world.accounts.save(before, before.with_key(key), an_entry())
    raw = world.raw("create_session", headers={"authorization": "Bearer sk_live_short"})
    assert "; Max-Age=300;" in raw["cookies"][0]
    assert json.loads(raw["body"])["session"]["expiresAt"] == timestamp(soon)
    browser.keep(raw)
    assert browser.send(READ).status == 200
    world.injector.given[now] = lambda: soon
    assert browser.send(READ).status == 401


def revoke_the_key(world: World) -> None:
    world.send("revoke_account_key", f"/api/v1/organizations/{ORGANIZATION}/keys/key_ada")


def remove_the_member(world: World) -> None:
    world.send("remove_member", f"/api/v1/organizations/{ORGANIZATION}/members/mem_ada")


def change_the_organization(status: OrganizationStatus) -> Callable[[World], None]:
    def change(world: World) -> None:
        before = world.accounts.membership(ORGANIZATION)
        assert before is not None
        world.accounts.save(before, before.with_status(status), an_entry())

    return change


@pytest.mark.parametrize(
    "happens",
    [
        revoke_the_key,
        remove_the_member,
        change_the_organization(OrganizationStatus.SUSPENDED),
        change_the_organization(OrganizationStatus.DELETING),
    ],
    ids=["revoked key", "removed member", "suspended organization", "deleted organization"],
)
def test_a_session_ends_at_once_with_what_it_stands_for(
    world: World, browser: Browser, happens: Callable[[World], None]
) -> None:
    browser.sign_in()
    assert browser.send(READ).status == 200
    happens(world)
    assert [browser.send(name).status for name in (READ, WRITE, "get_session")] == [401, 401, 401]
    assert browser.send("delete_session").status == 204, "it can be ended all the same"
    assert world.sessions.stored == {}


def test_a_lower_role_counts_in_a_session_at_once(world: World, browser: Browser) -> None:
    browser.sign_in()
    body = json.dumps({"role": "viewer"})
    world.send("change_member", f"/api/v1/organizations/{ORGANIZATION}/members/mem_ada", body=body)
    assert browser.send("get_session").body["session"]["role"] == "viewer"
    assert browser.send("create_member").status == 403


def test_a_resumed_organization_has_its_sessions_back(world: World, browser: Browser) -> None:
    browser.sign_in()
    change_the_organization(OrganizationStatus.SUSPENDED)(world)
    assert browser.send(READ).status == 401
    change_the_organization(OrganizationStatus.ACTIVE)(world)
    assert browser.send(READ).status == 200


def test_a_key_that_is_revoked_while_it_signs_in_begins_nothing(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.accounts, "membership", lambda _: None)
    answer = browser.sign_in()
    assert (answer.status, answer.body["code"], world.sessions.stored) == (401, "NOT_AUTHENTICATED", {})


def test_signing_out_ends_the_session_and_clears_the_cookie(world: World, browser: Browser) -> None:
    browser.sign_in()
    stolen = browser.cookie
    raw = world.raw("delete_session", cookies=[f"{COOKIE}={stolen}"])
    assert (raw["statusCode"], raw["body"]) == (204, None)
    assert raw["cookies"] == [f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"]
    assert browser.send(READ).status == 401, "whoever has taken the cookie has nothing"


def test_signing_out_leaves_the_other_sessions_of_the_key(world: World, browser: Browser) -> None:
    other = Browser(world)
    browser.sign_in()
    other.sign_in()
    assert browser.send("delete_session").status == 204
    assert other.send(READ).status == 200


def test_signing_out_again_is_a_success_and_without_a_cookie_it_is_not(browser: Browser) -> None:
    browser.sign_in()
    token = browser.cookie
    for _ in range(2):
        browser.cookie = token
        assert browser.send("delete_session").status == 204
    browser.cookie = ""
    answer = browser.send("delete_session", authorization=f"Bearer {KEY}")
    assert (answer.status, answer.body["detail"]) == (401, "there is no session to end: send its cookie")


@pytest.mark.parametrize("site", [None, "none", "same-site", "cross-site"])
@pytest.mark.parametrize("route", [route for route, needed in ACCESS.items() if needed and route != SIGN_IN])
def test_what_no_page_of_ours_asks_for_opens_nothing_by_the_cookie(
    world: World, browser: Browser, route: str, site: str | None
) -> None:
    browser.sign_in(TOKEN)
    audited, kept = len(world.accounts.audit), dict(world.sessions.stored)
    answer = browser.send(SAMPLES[route], **{"sec-fetch-site": site})
    assert (answer.status, answer.body["code"]) == (401, "NOT_AUTHENTICATED")
    assert "Sec-Fetch-Site: same-origin" in answer.body["detail"]
    assert (len(world.accounts.audit), world.sessions.stored) == (audited, kept)


def test_a_form_of_another_site_changes_nothing(world: World, browser: Browser) -> None:
    browser.sign_in(TOKEN)
    form = {"content-type": "application/x-www-form-urlencoded", "origin": "https://evil.example.com"}
    for name in ("create_instance", "suspend_organization", "delete_session"):
        assert browser.send(name, **form, **{"sec-fetch-site": "cross-site"}).status == 401
    assert len(world.sessions.stored) == 1


def test_the_account_key_goes_before_the_cookie(world: World, browser: Browser) -> None:
    browser.sign_in()
    answer = browser.send("get_session", authorization=f"Bearer {TOKEN}")
    assert answer.body["session"]["keyId"] == "key_owner"
    assert browser.send("get_session", authorization="Bearer sk_live_wrong").status == 401


def test_an_idempotency_key_keeps_no_cookie_and_no_end_of_a_session(world: World, browser: Browser) -> None:
    def nowhere(*_: object) -> object:
        raise AssertionError("this answer would be kept")

    world.injector.given[idempotency] = nowhere
    tokens = set()
    for _ in range(2):
        assert browser.sign_in(**{"idempotency-key": "once"}).status == 201
        tokens.add(browser.cookie)
    assert len(tokens) == 2
    assert browser.send("delete_session", **{"idempotency-key": "once"}).status == 204
    assert len(world.sessions.stored) == 1


def test_the_document_offers_no_idempotency_key_where_none_counts() -> None:
    from local.openapi import document

    operations = json.loads(document())["paths"][SESSION]
    assert [operation.get("parameters", []) for operation in operations.values()] == [[], [], []]


def test_the_document_says_what_shows_who_asks() -> None:
    from local.openapi import document

    described = json.loads(document())
    scheme = described["components"]["securitySchemes"]["cookieAuth"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "cookie", COOKIE)
    key: dict[str, list[str]] = {"accountKey": []}
    cookie: dict[str, list[str]] = {"cookieAuth": []}
    found = {
        f"{method.upper()} {path}": operation["security"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if "security" in operation
    }
    assert found.pop(SIGN_IN) == [key]
    assert found.pop(SIGN_OUT) == [cookie]
    assert all(security == [key, cookie] for security in found.values())


def test_the_use_of_a_session_is_noted_at_its_key(world: World, browser: Browser) -> None:
    browser.sign_in()
    world.accounts.uses.clear()
    browser.send(READ)
    assert world.accounts.uses == {sha256(KEY): AT}


def test_the_document_says_nothing_of_a_body_where_there_is_none() -> None:
    from local.openapi import document

    assert json.loads(document())["paths"][SESSION]["delete"]["responses"]["204"]["content"] == {}
