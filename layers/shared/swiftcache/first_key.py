"""The first account key: makes an organization and its owner's key, and shows the key once.

TABLE_NAME=<the stack's table> python -m swiftcache.first_key "Acme"
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from swiftcache import wiring
from swiftcache.domain.instance import timestamp
from swiftcache.domain.ports import Accounts
from swiftcache.domain.secrets import new_account_key, new_id, sha256


@dataclass(frozen=True, slots=True)
class FirstKey:
    """`token` is the account key in plain: this is the only time that it is known."""

    organization_id: str
    token: str


def create(accounts: Accounts, organization_name: str) -> FirstKey:
    """A new organization and its first account key, together or not at all."""
    first = FirstKey(new_id("org"), new_account_key())
    at = timestamp(datetime.now(UTC))
    accounts.create_organization(first.organization_id, organization_name, at, sha256(first.token))
    return first


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit("usage: TABLE_NAME=<the stack's table> python -m swiftcache.first_key \"<organization's name>\"")
    first = create(wiring.accounts(), sys.argv[1])
    json.dump({"organizationId": first.organization_id, "token": first.token}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
