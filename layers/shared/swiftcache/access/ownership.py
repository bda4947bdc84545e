"""What is not yours does not exist."""

from swiftcache.access.identity import Caller
from swiftcache.platform.errors import NotFound


def check_own_organization(caller: Caller, organization_id: str) -> None:
    """Raises NotFound for another's organization."""
    if organization_id != caller.organization_id:
        raise NotFound(f"there is no organization {organization_id}")
