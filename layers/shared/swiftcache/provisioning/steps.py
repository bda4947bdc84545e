"""The steps of the state machines that need more than one AWS call, hold a secret, or change a status.

Every one may run twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.instances.failure import Failure, explain, explain_recovery
from swiftcache.instances.model import Endpoint, Instance, dns_name_of
from swiftcache.instances.ports import FirstError, Instances, Target
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.restore import Restore
from swiftcache.instances.sizes import TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import IllegalTransition, InstanceSuperseded, NotFound
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_control_password, sha256
from swiftcache.redis.acl import acl_file
from swiftcache.redis.ports import Credentials, Probe
from swiftcache.redis.shared_definition import SharedDefinition, shared_definition


@dataclass(frozen=True, slots=True)
class Plan:
    """What the workflow has to make: for which instance, under which name, how large, with which secret.

    `folder` is where on the volume its data are to lie; empty if it has no volume. `shared` is None if its tasks have a
    definition of their own. What it begins with, if it was made from a backup, is `instance.restore`.
    """

    instance: Instance
    hostname: str
    size: TaskSize
    folder: str
    secret_arn: str
    shared: SharedDefinition | None


def _wanted(instances: Instances, target: Target) -> Instance:
    instance = instances.get(target.organization_id, target.instance_id)
    if instance is None or instance.status is not Status.PROVISIONING:
        status = "gone" if instance is None else instance.status.value
        raise InstanceSuperseded(f"{target.instance_id} is {status}; there is nothing to provision")
    return instance


Linking = Callable[[Restore], str]
"""Makes a link to a backup, for a task that begins with it."""


def issue_credentials(
    instances: Instances, credentials: Credentials, target: Target, domain: str, linking: Linking
) -> Plan:
    """Says what is wanted, and makes the secret for it. Raises InstanceSuperseded unless it still is to be provisioned.

    A deletion first marks the item, then waits until this workflow has ended: so whoever reads PROVISIONING here, in
    an execution that already exists, may go on, and the deletion will find all that is made.
    """
    instance = _wanted(instances, target)
    size = task_size(instance.max_memory, instance.persistence)
    secret_arn, acl = _issue(credentials, instance, linking(instance.restore) if instance.restore else None)
    return Plan(
        instance=instance,
        hostname=dns_name_of(instance, domain),
        size=size,
        folder=instance.id if instance.persistence else "",
        secret_arn=secret_arn,
        shared=shared_definition(instance, instance.engine, size, acl),
    )


def _issue(credentials: Credentials, instance: Instance, restore_link: str | None) -> tuple[str, str]:
    """Makes the ACL from the stored hashes, and a password of our own; answers the secret's ARN and the ACL, no more.

    The passwords of a member of the warm pool that did not answer stay: who still tries to prepare it would write them
    back.
    """
    if instance.claimed:
        with suppress(NotFound):
            stored = credentials.stored(instance.id)
            acl = acl_file(instance.keys, *stored.passwords.hashes)
            credentials.rewrite(instance.id, stored, replace(stored, acl=acl))
            return credentials.secret_arn(instance.id), acl
    control_password = new_control_password()
    acl = acl_file(instance.keys, sha256(control_password))
    return credentials.issue(instance.id, acl, control_password, restore_link), acl


def verify(credentials: Credentials, probe: Probe, instance_id: str, hostname: str, endpoint: Endpoint) -> None:
    """RUNNING must mean that a client can connect: so connect as one. Raises VerificationFailed, NotFound."""
    probe.verify(hostname, endpoint, credentials.control_password(instance_id))


@dataclass(frozen=True, slots=True)
class StatusRecorder:
    """The status changes that workflows make. `now` gives the time with its zone."""

    instances: Instances
    now: Callable[[], datetime]

    def mark_running(self, target: Target, hostname: str, endpoint: Endpoint) -> None:
        """`hostname` is for an instance that was made before its name was kept.

        Raises InstanceSuperseded if the instance was deleted meanwhile.
        """
        self._change(
            Status.RUNNING,
            lambda at: self.instances.mark_running(target.organization_id, target.instance_id, hostname, endpoint, at),
        )

    def give_up_member(self, target: Target) -> None:
        """From here on the member of the warm pool cannot come to serve the instance, whoever is still at work on it.

        Raises IllegalTransition if it serves already, InstanceSuperseded if the instance was deleted meanwhile.
        """
        try:
            self.instances.give_up_member(target.organization_id, target.instance_id)
        except NotFound as error:
            raise InstanceSuperseded(str(error)) from error
        except IllegalTransition as error:
            if error.current == Status.RUNNING:
                raise
            raise InstanceSuperseded(str(error)) from error

    def mark_error(self, target: Target, first_error: FirstError) -> None:
        """Raises InstanceSuperseded if the instance was deleted meanwhile."""
        failure = self._explain(target, first_error)
        self._change(
            Status.ERROR,
            lambda at: self.instances.mark_error(target.organization_id, target.instance_id, failure, at),
        )

    def remove(self, target: Target, removed: RemovedResources) -> None:
        """Raises IllegalTransition if nobody asked for the deletion."""
        self.instances.remove(target.organization_id, target.instance_id, removed, timestamp(self.now()))

    def _explain(self, target: Target, first_error: FirstError) -> Failure:
        instance = self.instances.get(target.organization_id, target.instance_id)
        if instance and instance.recovery:
            error, step = first_error.error, first_error.step
            return explain_recovery(instance.recovery, error, step, target.request_id, persistence=instance.persistence)
        restores = instance is not None and instance.restore is not None
        return explain(first_error.error, first_error.step, target.request_id, restores=restores)

    def _change(self, to: Status, write: Callable[[str], Instance]) -> None:
        try:
            write(timestamp(self.now()))
        except NotFound as error:
            raise InstanceSuperseded(str(error)) from error
        except IllegalTransition as error:
            if error.current == to:
                return  # an earlier try did it, and its answer was lost
            raise InstanceSuperseded(str(error)) from error
