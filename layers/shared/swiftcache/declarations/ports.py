"""What declarations need of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from swiftcache.declarations.model import Declaration


@dataclass(frozen=True, slots=True)
class MadeInstance:
    """`plain_key` goes into a secret, and nowhere else."""

    instance_id: str
    plain_key: str = field(repr=False)


class InstanceApi(Protocol):
    """The public API, asked with the account key that the operator keeps for an organization.

    Each raises DeclarationRefused for what the API refuses for good, and DependencyUnavailable for what may pass.
    """

    def create(self, organization_id: str, idempotency_key: str, body: Mapping[str, Any]) -> MadeInstance:
        """The same for the same key, for a day."""

    def get(self, organization_id: str, instance_id: str) -> Mapping[str, Any] | None:
        """The instance as the API shows it; None if it is not there, or another organization's."""

    def change(self, organization_id: str, instance_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The instance then. Raises InstanceBusy if it cannot be changed at this moment."""

    def delete(self, organization_id: str, instance_id: str, final_backup: str) -> None:
        """Does nothing if it is not there."""

    def create_key(self, organization_id: str, instance_id: str, idempotency_key: str, name: str) -> str:
        """Another key, in plain; the same for the same idempotency key. Raises InstanceBusy unless it is RUNNING."""


class KeySecrets(Protocol):
    """A secret for each declared instance: how to connect. Raises DependencyUnavailable."""

    def keep(self, organization_id: str, instance_id: str, plain_key: str) -> None:
        """Makes it, or gives it another key. Raises DeclarationRefused while AWS still keeps one that was deleted."""

    def complete(self, organization_id: str, instance_id: str, host: str, port: int) -> str | None:
        """Adds where the instance is; the secret's ARN, or None if there is no secret."""

    def forget(self, organization_id: str, instance_id: str) -> None:
        """Removes it at once. Does nothing if it is gone."""


class DeclarationStarter(Protocol):
    """Starts the work on a declaration."""

    def start(self, declaration: Declaration, response_url: str, seconds: int) -> None:
        """Once for a request, however often it comes. Raises DependencyUnavailable."""


class StackAnswers(Protocol):
    """The way back to CloudFormation."""

    def send(self, url: str, body: bytes) -> None:
        """Raises AnswerRefused, DependencyUnavailable."""
