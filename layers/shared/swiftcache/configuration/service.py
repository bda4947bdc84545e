"""Making a running Redis equal to its record. May run at any time, as often as one likes, and several at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.configuration.model import dead, is_overdue, needs_configuration, new_run, wanted
from swiftcache.configuration.ports import ConfigurationStore, RedisControl
from swiftcache.instances.model import Instance, dns_name_of
from swiftcache.instances.ports import Instances, Target
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded, NotMarked, RedisBusy
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis.acl import acl_file
from swiftcache.redis.control_passwords import ControlPasswords, StoredCredentials
from swiftcache.redis.ports import Credentials, Probe

Renewal = Callable[[Instance, ControlPasswords], ControlPasswords]
"""Makes of an instance's passwords those that are to be kept from now on."""

_Ending = Callable[[Instance, str, str, frozenset[str]], bool]
"""Notes that Redis is as this instance wants it, and ends these runs; False if something else is wanted by now.

In between are the hostname, and the password that we say to its Redis."""

_ROUNDS = 20
"""So many changes while one run is at work are more than anybody makes by hand."""


@dataclass(frozen=True, slots=True)
class ConfigurationService:
    """`domain` is for instances that were made before their names were kept. `now` gives the time with its zone."""

    instances: Instances
    configuration_store: ConfigurationStore
    credentials: Credentials
    redis: RedisControl
    domain: str
    now: Callable[[], datetime]

    def apply(self, organization_id: str, instance_id: str) -> None:
        """Returns when Redis is as the record wants it, or when there is nothing to be done for this instance.

        Raises DependencyUnavailable if Redis does not answer: to be tried again later.
        """
        instance = self.instances.get(organization_id, instance_id)
        if instance is None or not needs_configuration(instance, self.now()):
            return
        self.make_equal(organization_id, instance_id, _unchanged)

    def close_others(self, organization_id: str, instance_id: str) -> None:
        """Closes what owners have open from elsewhere than the instance's networks, if it runs and has some.

        Raises DependencyUnavailable.
        """
        instance = self.instances.get(organization_id, instance_id)
        if instance is None or instance.endpoint is None or instance.allowed_networks is None:
            return
        password = self.credentials.stored(instance_id).passwords.current
        hostname = dns_name_of(instance, self.domain)
        self.redis.close_others(instance.endpoint, hostname, password, instance.allowed_networks.cidrs)

    def prepare(self, target: Target, probe: Probe) -> None:
        """Makes a member of the warm pool, which is being taken over, what its owner wants. Then it is RUNNING.

        That is a promise, so it connects as a client would before. Raises InstanceSuperseded if the instance was
        deleted meanwhile, VerificationFailed, NotFound, DependencyUnavailable; NotMarked if only the record is to be
        written still.
        """

        def end(instance: Instance, hostname: str, password: str, runs: frozenset[str]) -> bool:
            if instance.status is Status.RUNNING:
                return self._end_run(instance, hostname, password, runs)  # an earlier try did all the rest
            assert instance.endpoint
            probe.verify(hostname, instance.endpoint, password)
            try:
                return self.configuration_store.end_claim(instance, hostname, runs, timestamp(self.now()))
            except DependencyUnavailable as error:
                raise NotMarked(f"{instance.id} serves, and is not marked so: {error}") from error

        if self._make_equal(target.organization_id, target.instance_id, _unchanged, end) is None:
            raise InstanceSuperseded(f"{target.instance_id} is not wanted any more; there is nothing to prepare")

    def make_equal(self, organization_id: str, instance_id: str, renew: Renewal) -> ControlPasswords | None:
        """Makes Redis equal to its record, whatever it is now, and then keeps what `renew` makes of our passwords.

        Answers the passwords that Redis takes, those before `renew`; None unless the instance is RUNNING, or takes over
        a task that ran before. Raises DependencyUnavailable.
        """
        return self._make_equal(organization_id, instance_id, renew, self._end_run)

    def _make_equal(
        self, organization_id: str, instance_id: str, renew: Renewal, end: _Ending
    ) -> ControlPasswords | None:
        run = new_run(self.now())
        for _ in range(_ROUNDS):
            found = self.configuration_store.begin_run(organization_id, instance_id, run)
            if found is None:
                return None
            stored = self.credentials.stored(instance_id)
            if self._round(found, run, stored, renew, end):
                return stored.passwords
        raise DependencyUnavailable(f"{instance_id} is changed faster than its Redis can be")

    def _round(self, instance: Instance, run: str, stored: StoredCredentials, renew: Renewal, end: _Ending) -> bool:
        """Whether Redis is now what is wanted."""
        ending = dead(instance.configuration_runs, self.now()) | {run}
        hostname = dns_name_of(instance, self.domain)
        if instance.endpoint is None:
            raise DependencyUnavailable(f"{instance.id} has no address")
        passwords = stored.passwords
        configuration = wanted(instance, *passwords.valid)

        def kept(passwords: ControlPasswords) -> StoredCredentials:
            return replace(stored, acl=acl_file(instance.keys, *passwords.hashes), passwords=passwords)

        try:
            # Redis first: whatever becomes of the secret, a revoked key must not open anything that runs.
            self.redis.apply(instance.endpoint, hostname, passwords.current, configuration)
        except RedisBusy:
            if is_overdue(instance, self.now()):
                # The task that takes its place starts with the keys that are in the secret.
                self.credentials.rewrite(instance.id, stored, kept(passwords))
                self.redis.shut_down(instance.endpoint, hostname, passwords.current)
            raise
        # A run that has written it since our reading is still among the `configuration_runs`: it, or the next, sees to
        # what it wrote.
        self.credentials.rewrite(instance.id, stored, kept(renew(instance, passwords)))
        return end(instance, hostname, passwords.current, ending)

    def _end_run(self, instance: Instance, _hostname: str, _password: str, runs: frozenset[str]) -> bool:
        return self.configuration_store.end_run(instance, runs, timestamp(self.now()))


def _unchanged(_: Instance, passwords: ControlPasswords) -> ControlPasswords:
    return passwords
