"""What an organization does with its instances."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from swiftcache.domain.errors import DependencyUnavailable, IllegalTransition, NotAuthenticated, NotFound
from swiftcache.domain.instance import Instance, InstanceKey, NewInstance, create, is_instance_id, timestamp
from swiftcache.domain.organization import Caller
from swiftcache.domain.ports import Accounts, Instances, Page, Target, Workflows
from swiftcache.domain.secrets import sha256
from swiftcache.domain.status import Status


def authenticate(accounts: Accounts, authorization: str | None) -> Caller:
    """The caller whose account key the Authorization header bears. Raises NotAuthenticated."""
    scheme, _, key = (authorization or "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        raise NotAuthenticated("send your account key: Authorization: Bearer sk_live_…")
    caller = accounts.caller(sha256(key))
    if caller is None:
        raise NotAuthenticated("this account key is not known; it may have been revoked")
    return caller


@dataclass(frozen=True, slots=True)
class Created:
    """`plain_key` is shown to the owner once, and kept nowhere."""

    instance: Instance
    key: InstanceKey
    plain_key: str


@dataclass(frozen=True, slots=True)
class InstanceService:
    """The use cases of the API. `now` gives the time with its zone."""

    instances: Instances
    workflows: Workflows
    now: Callable[[], datetime]

    def create(self, caller: Caller, new: NewInstance, request_id: str) -> Created:
        """Stores the intent, then starts the workflow. Raises NotFound for another's organization, InvalidRequest."""
        if new.organization_id != caller.organization_id:
            raise NotFound(f"there is no organization {new.organization_id}")
        instance, key, plain_key = create(new, request_id, self.now())
        self.instances.create(instance)
        with _started_by_the_stream_otherwise():
            self.workflows.provision(Target(instance.organization_id, instance.id, request_id))
        return Created(instance, key, plain_key)

    def get(self, caller: Caller, instance_id: str) -> Instance:
        """Raises NotFound, for another's instance too."""
        _check_id(instance_id)
        instance = self.instances.get(caller.organization_id, instance_id)
        if instance is None:
            raise NotFound(f"there is no instance {instance_id}")
        return instance

    def page(self, caller: Caller, organization_id: str, limit: int, cursor: str | None) -> Page:
        """Raises NotFound for another's organization, InvalidRequest for a cursor that is not ours."""
        if organization_id != caller.organization_id:
            raise NotFound(f"there is no organization {organization_id}")
        return self.instances.page(organization_id, limit, cursor)

    def delete(self, caller: Caller, instance_id: str, request_id: str) -> None:
        """Accepts the deletion at any moment of the instance's life, and again. Raises NotFound."""
        _check_id(instance_id)
        organization_id = caller.organization_id
        try:
            self.instances.mark_deleting(organization_id, instance_id, request_id, timestamp(self.now()))
        except IllegalTransition as conflict:
            if conflict.current != Status.DELETING:
                raise
        with _started_by_the_stream_otherwise():
            self.workflows.delete(Target(organization_id, instance_id, request_id), attempt=0)


@contextmanager
def _started_by_the_stream_otherwise() -> Iterator[None]:
    """The intent is stored, and the table's stream starts its workflow if we cannot: so the request has succeeded.

    An error now would be a lie, and would keep from the owner the only sight of the new key.
    """
    with suppress(DependencyUnavailable):
        yield


def _check_id(instance_id: str) -> None:
    if not is_instance_id(instance_id):
        raise NotFound("there is no such instance")
