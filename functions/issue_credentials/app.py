"""IssueCredentials: says what is to be made for an instance, and makes its secret.

Holds secret values; answers of them the secret's ARN alone.
"""

from typing import Any

from swiftcache import wiring
from swiftcache.provisioning.step_input import plan_output, target_of
from swiftcache.provisioning.steps import issue_credentials


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    return plan_output(issue_credentials(wiring.instances(), wiring.credentials(), target_of(event), wiring.domain()))
