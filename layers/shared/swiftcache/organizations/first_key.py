"""The first account key: makes an organization, its owner and an operator's key, and shows the key once.

TABLE_NAME=<the stack's table> python -m swiftcache.organizations.first_key "Acme"

An operator may do all that an owner may in this organization, and create and suspend others.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from swiftcache.access.identity import Caller, Role
from swiftcache.organizations.model import DEFAULT_LIMITS
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.service import create_organization
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.injector import PROCESS


@dataclass(frozen=True, slots=True)
class FirstKey:
    """`token` is the account key in plain: this is the only time that it is known."""

    organization_id: str
    token: str


def create(accounts: Accounts, organization_name: str) -> FirstKey:
    """A new organization and its first account key, together or not at all."""
    nobody = Caller("", "", "", Role.OPERATOR, "", "first-key")
    created = create_organization(accounts, nobody, organization_name, DEFAULT_LIMITS, Role.OPERATOR, datetime.now(UTC))
    return FirstKey(created.organization.id, created.plain_key)


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('usage: TABLE_NAME=<the table> python -m swiftcache.organizations.first_key "<organization\'s name>"')
    first = create(accounts(PROCESS), sys.argv[1])
    json.dump({"organizationId": first.organization_id, "token": first.token}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
