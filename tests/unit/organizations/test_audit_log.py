"""Reading an organization's audit log."""

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.organizations.model import AuditFilter
from tests.samples import ORGANIZATION
from tests.unit.organizations.test_service import ADMIN, OPERATOR, OWNER, World
from tests.unit.organizations.test_service import world as world


def test_the_log_names_the_key_that_acted_while_there_is_one(world: World) -> None:
    world.with_members(Role.ADMIN)
    world.members.add(ADMIN, ORGANIZATION, "Ada", Role.VIEWER)
    [recorded] = world.log.page(OWNER, ORGANIZATION, 1, None, AuditFilter(Action.MEMBER_ADDED)).recorded
    assert (recorded.entry.actor_key_id, recorded.key_name) == ("key_admin", "first")
    world.keys.revoke(OWNER, ORGANIZATION, "key_admin")
    [recorded] = world.log.page(OWNER, ORGANIZATION, 1, None, AuditFilter(Action.MEMBER_ADDED)).recorded
    assert recorded.key_name is None


def test_the_operator_reads_the_log_of_what_is_gone(world: World) -> None:
    world.organizations.suspend(OPERATOR, ORGANIZATION)
    for kept in (world.accounts.organizations, world.accounts.members, world.accounts.keys, world.accounts.versions):
        kept.pop(ORGANIZATION)
    page = world.log.page(OPERATOR, ORGANIZATION, 10, None)
    assert Action.ORGANIZATION_SUSPENDED in {recorded.entry.action for recorded in page.recorded}
