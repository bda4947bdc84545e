"""What the use cases need of the world. `adapters` provides it; tests/fakes provides it in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.domain.audit import AuditEntry
from swiftcache.domain.failure import Failure
from swiftcache.domain.instance import Endpoint, Instance
from swiftcache.domain.organization import AccountKey, Identity, Member, Organization


class Accounts(Protocol):
    def identity(self, key_sha256: str, at: str) -> Identity | None:
        """Whose account key has this SHA-256, if it is valid at this time. One read, of all that was written before.

        None for a key that is not known, has expired, or belongs to an organization that is suspended.
        """

    def create_organization(
        self, organization: Organization, owner: Member, key: AccountKey, audit: AuditEntry
    ) -> None:
        """A new organization without instances, its owner and their first account key, together or not at all."""


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is opaque; None after the last page."""

    instances: Sequence[Instance]
    cursor: str | None


class Instances(Protocol):
    """The record of every instance. Each change of status is one conditional write."""

    def create(self, instance: Instance, audit: AuditEntry) -> None:
        """Stores the instance, its key's hash and what the organization has left, together or not at all.

        Raises NotFound if there is no such organization, Conflict if it is not ACTIVE, LimitExceeded.
        """

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        """One read; what was written before is seen."""

    def page(self, organization_id: str, limit: int, cursor: str | None) -> Page:
        """One read: up to `limit` instances of the organization, in every status, in the order of their ids.

        Raises InvalidRequest for a cursor that is not ours.
        """

    def mark_running(
        self, organization_id: str, instance_id: str, hostname: str, endpoint: Endpoint, at: str
    ) -> Instance:
        """The instance as it is now. Raises IllegalTransition or NotFound."""

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        """The instance as it is now. Raises IllegalTransition or NotFound."""

    def mark_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        """Raises IllegalTransition, NotFound, or DeletionProtected."""

    def force_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        """The same, protected or not. Raises IllegalTransition or NotFound."""

    def remove(self, organization_id: str, instance_id: str) -> None:
        """Removes a DELETING instance with its keys' hashes and gives back what it took of the limits, together.

        Does nothing if it is gone already. Raises IllegalTransition in any other status.
        """


@dataclass(frozen=True, slots=True)
class FirstError:
    """The first error of a failed creation: Step Functions' name for it, and the state it came from."""

    error: str
    step: str


@dataclass(frozen=True, slots=True)
class Target:
    """The instance that a workflow is about, and the request that asked for it."""

    organization_id: str
    instance_id: str
    request_id: str


class Workflows(Protocol):
    """Starting the state machines. Starting one again does nothing, whether it still runs or has ended."""

    def provision(self, target: Target) -> None: ...

    def delete(self, target: Target, attempt: int) -> None:
        """`attempt` counts from 0."""

    def roll_back(self, target: Target, attempt: int, first_error: FirstError) -> None:
        """Removes all that a failed creation left, then marks the instance ERROR."""

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        """`attempt` counts from 0; each later one is told why there had to be another."""


class Credentials(Protocol):
    def issue(self, instance_id: str, acl: str, control_password: str) -> str:
        """Keeps the ACL file and the control user's password; answers the secret's ARN.

        Doing it again replaces what is there: the same ARN, the new values.
        """

    def control_password(self, instance_id: str) -> str:
        """Raises NotFound."""

    def secret_arn(self, instance_id: str) -> str:
        """Where the ACL file is kept. Raises NotFound."""


class Probe(Protocol):
    def verify(self, hostname: str, port: int, password: str) -> None:
        """Connects as a client would: resolves the public name, verifies TLS, AUTH, SET, GET, DEL.

        Tries until it answers or about 10 seconds have gone. Raises VerificationFailed.
        """


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What the world is told. `before` is None for a creation, `after` is DELETED for a removal."""

    instance_id: str
    organization_id: str
    before: str | None
    after: str
    at: str
    hostname: str | None
    reason: str
    request_id: str


class Events(Protocol):
    def publish(self, change: StatusChange) -> None:
        """Raises DependencyUnavailable if the bus did not take it."""
