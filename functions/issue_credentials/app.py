"""IssueCredentials: makes the secret of an instance. Holds secret values; answers the secret's ARN alone."""

from typing import Any

from swiftcache import wiring
from swiftcache.adapters.workflow_input import target_of
from swiftcache.use_cases.workflow import issue_credentials


def handler(event: dict[str, Any], _: object) -> dict[str, str]:
    return {"secretArn": issue_credentials(wiring.instances(), wiring.credentials(), target_of(event))}
