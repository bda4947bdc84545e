"""Rate limits and account keys on the whole service: what they cost in calls of AWS, and whom they concern."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from swiftcache.access import rate_limits as rate
from swiftcache.access.identity import Role
from swiftcache.api.credentials import COOKIE
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.organizations.wiring import accounts as accounts_provider
from swiftcache.platform.aws import now
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_account_key, new_id
from tests.samples import a_member, an_account_key, an_entry
from tests.statemachine.cloud import ROOT, Cloud
from tests.statemachine.tenants import Tenant, tenant

SHARE = 20
FLOOD = 100
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch, shared_cloud: Cloud) -> None:
    """A share that a test can exceed, in a window that does not end meanwhile."""
    monkeypatch.setattr(rate, "KEY_LIMIT", SHARE)
    monkeypatch.setitem(shared_cloud.injector.given, now, lambda: NOW)
    shared_cloud.injector.forget()


def ask(cloud: Cloud, authorization: str | None, organization_id: str, cookie: str = "", site: str = "") -> int:
    """The status of the answer to a question for an organization's instances; a page of this site sends the cookie."""
    event = json.loads((ROOT / "events" / "list_instances.json").read_text().replace("org_123", organization_id))
    event["headers"].pop("authorization")
    if authorization is not None:
        event["headers"]["authorization"] = authorization
    if cookie:
        event["headers"]["sec-fetch-site"], event["cookies"] = site, [cookie]
    answer = cloud.invoke(cloud.stack.functions["ApiFunction"].name, event)
    assert isinstance(answer, dict)
    return int(answer["statusCode"])


def ask_as(who: Tenant) -> int:
    return ask(who.cloud, f"Bearer {who.plain_key}", who.id)


def test_a_tenant_at_a_hundred_times_its_share_leaves_the_others_errors_at_zero(cloud: Cloud) -> None:
    flooding, other = tenant(cloud), tenant(cloud)
    flood: Counter[int] = Counter()
    answers: Counter[int] = Counter()
    for _ in range(SHARE):
        flood.update(ask_as(flooding) for _ in range(FLOOD))
        answers[ask_as(other)] += 1
    assert answers == {200: SHARE}
    assert flood == {200: SHARE, 429: (FLOOD - 1) * SHARE}


def test_who_floods_costs_no_call(cloud: Cloud) -> None:
    flooding = tenant(cloud)
    for _ in range(SHARE + 1):
        ask_as(flooding)
    with cloud.watched() as calls:
        assert {ask_as(flooding) for _ in range(SHARE)} == {429}
    assert calls == []


def test_a_process_that_begins_anew_learns_at_its_first_question(cloud: Cloud) -> None:
    flooding = tenant(cloud)
    for _ in range(SHARE + 1):
        ask_as(flooding)
    cloud.injector.forget()
    answers = [ask_as(flooding) for _ in range(SHARE)]
    free = SHARE // 10
    assert answers == [200] * free + [429] * (SHARE - free)


def refused_keys(cloud: Cloud) -> dict[str, str | None]:
    """An Authorization header of each kind that lets nobody in."""
    owner = tenant(cloud)
    suspended = tenant(cloud)
    accounts = accounts_provider(cloud.injector)
    before = accounts.membership(owner.id)
    assert before is not None
    plain = {kind: new_account_key() for kind in ("revoked", "expired", "of a removed member")}
    ids = {"organization_id": owner.id, "role": Role.OWNER}
    removed = a_member(id=new_id("mem"), **ids)
    past = timestamp(NOW - timedelta(seconds=1))
    revoked = an_account_key(plain["revoked"], id=new_id("key"), member_id=owner.caller.member_id, **ids)
    expired = replace(revoked, id=new_id("key"), sha256=an_account_key(plain["expired"]).sha256, expires_at=past)
    orphan = an_account_key(plain["of a removed member"], id=new_id("key"), member_id=removed.id, **ids)
    with_all = before.with_key(revoked).with_key(expired).with_member(removed).with_key(orphan)
    accounts.save(before, with_all, an_entry(organization_id=owner.id, request_id="request-1"))
    stored = accounts.membership(owner.id)
    assert stored is not None
    less = stored.without_key(revoked.id).without_member(removed.id)
    accounts.save(stored, less, an_entry(organization_id=owner.id, request_id="request-2"))
    suspended.suspend()
    state = suspended.organization()
    assert state is not None
    assert state.status is OrganizationStatus.SUSPENDED
    return {
        "no header": None,
        "another scheme": "Basic c2tfbGl2ZV94OnBhc3N3b3Jk",
        "no key": "Bearer ",
        "malformed": "Bearer 💥",
        "unknown": f"Bearer {new_account_key()}",
        "of a suspended organization": f"Bearer {suspended.plain_key}",
        **{kind: f"Bearer {key}" for kind, key in plain.items()},
    }


def test_a_wrong_key_and_none_take_the_same_work(cloud: Cloud) -> None:
    work: dict[str, tuple[int, list[str]]] = {}
    for kind, authorization in refused_keys(cloud).items():
        with cloud.watched() as calls:
            status = ask(cloud, authorization, cloud.caller.organization_id)
        work[kind] = (status, calls)
    assert work == dict.fromkeys(work, (401, ["GetItem"]))


@pytest.mark.parametrize("site", ["same-origin", "cross-site"])
@pytest.mark.parametrize("cookie", [f"{COOKIE}=unknown", f"{COOKIE}=", "another=unknown"])
def test_a_wrong_session_takes_the_work_of_a_wrong_key(cloud: Cloud, cookie: str, site: str) -> None:
    with cloud.watched() as calls:
        status = ask(cloud, None, cloud.caller.organization_id, cookie, site)
    assert (status, calls) == (401, ["GetItem"])
