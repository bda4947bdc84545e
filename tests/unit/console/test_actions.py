"""What the console lists by hand is what the service has."""

import re
from pathlib import Path

from swiftcache.access.audit import Action
from swiftcache.access.identity import Permission, Role, least_role
from swiftcache.events.model import STATUS_CHANGED
from swiftcache.webhooks.model import AttemptError

SITE = Path(__file__).parents[3] / "functions" / "console" / "site"


def test_the_console_knows_every_action_of_the_audit_log() -> None:
    listed = re.findall(r'"([a-z_]+\.[a-z_.]+)"', (SITE / "organization" / "actions.js").read_text())
    assert sorted(listed) == sorted([*(action.value for action in Action), STATUS_CHANGED])


def test_the_console_has_words_for_all_that_goes_wrong_with_a_delivery() -> None:
    listed = re.findall(
        r"^  ([A-Z0-9_]{5,}): \"[a-z]", (SITE / "organization" / "deliveries.js").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(error.value for error in AttemptError)


def test_the_console_knows_the_roles_and_what_each_permission_needs() -> None:
    session = (SITE / "session.js").read_text()
    roles = re.search(r"ROLES = \[(.*)\]", session)
    least = re.search(r"LEAST = \{(.*)\}", session)
    assert roles
    assert least
    assert re.findall(r'"(\w+)"', roles[1]) == [role.value for role in Role]
    assert dict(re.findall(r'(\w+): "(\w+)"', least[1])) == {
        permission.value: least_role(permission).value for permission in Permission
    }
