"""The API function on fakes of the world."""

import io

import pytest

from functions.api import app as api
from swiftcache import wiring
from swiftcache.organizations.account_keys import AccountKeyService
from swiftcache.organizations.audit_log import AuditService
from swiftcache.organizations.members import MemberService
from swiftcache.organizations.service import OrganizationService
from tests.samples import NOW
from tests.unit.http.api_world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "accounts", lambda: world.accounts)
    monkeypatch.setattr(wiring, "rates", lambda: world.rates)
    monkeypatch.setattr(wiring, "instance_service", lambda: world.service)
    monkeypatch.setattr(wiring, "reading", lambda: world.reading)
    monkeypatch.setattr(wiring, "waiting", lambda: world.waiting)
    organizations = OrganizationService(world.accounts, lambda: NOW)
    members = MemberService(world.accounts, lambda: NOW)
    account_keys = AccountKeyService(world.accounts, lambda: NOW)
    audit = AuditService(world.accounts, world.audit)
    monkeypatch.setattr(wiring, "now", lambda: NOW)
    monkeypatch.setattr(wiring, "organization_service", lambda: organizations)
    monkeypatch.setattr(wiring, "member_service", lambda: members)
    monkeypatch.setattr(wiring, "account_key_service", lambda: account_keys)
    monkeypatch.setattr(wiring, "audit_service", lambda: audit)
    return world


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the function logs. Its logger has taken its stream before any test could capture it."""
    stream = io.StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", stream)
    return stream
