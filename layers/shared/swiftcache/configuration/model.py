"""What a running Redis is to be configured as, and the runs that make it so.

The record says what is wanted: keys, memory, policy, settings. A run reads it, makes Redis equal to it, and notes which
revision Redis now has. Runs may overlap, and may die anywhere: each is among the instance's `configuration_runs` from
before it touches Redis until it has seen that what it applied is still what is wanted. So a run that died may have left
an older state behind, but it has also left its name, and a later run makes good whatever it did.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.instances.capacity import Capacity, capacity_in_force
from swiftcache.instances.change import ChangeKind, ChangeStatus
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Reason, Status
from swiftcache.platform.tokens import sha256
from swiftcache.redis.acl import users

RUN_SECONDS = 30
"""No run lives longer: the function's time-out is shorter."""

OVERDUE_SECONDS = 120
"""So long a script may keep a configuration waiting. Who revokes a key must not wait for the one who holds it."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`users` are the rules of each user by name, as redis/acl.py makes them.

    `resume`: writes were paused for a final backup that failed, and are to go on.
    """

    users: Mapping[str, str]
    capacity: Capacity
    resume: bool = False


def wanted(instance: Instance, *control_passwords: str) -> Configuration:
    """What the serving Redis of this instance is to be configured as, and which passwords of ours it is to take."""
    rules = users(instance.keys, *map(sha256, control_passwords))
    return Configuration(rules, capacity_in_force(instance), resume=instance.is_to_resume)


def new_run(at: datetime) -> str:
    """A run's name, which tells when it began."""
    return f"{int(at.timestamp() * 1000):013d}-{secrets.token_hex(6)}"


def dead(runs: frozenset[str], at: datetime) -> frozenset[str]:
    """Those of these runs that can be at work no more: they did not come to their end."""
    return _begun_before(runs, at.timestamp() - RUN_SECONDS)


def is_overdue(instance: Instance, at: datetime) -> bool:
    """Whether runs have tried for so long that what is in their way must go."""
    return bool(_begun_before(instance.configuration_runs, at.timestamp() - OVERDUE_SECONDS))


def _begun_before(runs: frozenset[str], seconds: float) -> frozenset[str]:
    return frozenset(run for run in runs if int(run.partition("-")[0]) < seconds * 1000)


def needs_configuration(instance: Instance, at: datetime) -> bool:
    """Whether its Redis may be another than the record wants."""
    if instance.status is not Status.RUNNING:
        return False
    return is_behind(instance, at) or instance.key_rules != KEY_RULES


def is_behind(instance: Instance, at: datetime) -> bool:
    """Whether a RUNNING one's Redis may be another than its owner wants; what else keys may do by now can wait."""
    return instance.revision != instance.applied_revision or bool(dead(instance.configuration_runs, at))


def finished(instance: Instance, at: str) -> Instance:
    """The same once its Redis is as it wants: a change in place has succeeded. `at` is RFC 3339 in UTC."""
    change = instance.change
    if change and change.kind is ChangeKind.IN_PLACE and instance.changing:
        change = replace(change, status=ChangeStatus.SUCCEEDED, ended_at=at)
    final = instance.final_backup
    if final and instance.is_to_resume:
        final = replace(final, task=None, held_at=None)
    return replace(instance, applied_revision=instance.revision, key_rules=KEY_RULES, change=change, final_backup=final)


def running(instance: Instance, hostname: str, at: str) -> Instance:
    """The same once it can be used, by the task that it has. `at` is RFC 3339 in UTC."""
    assert instance.endpoint
    return replace(
        instance,
        status=Status.RUNNING,
        hostname=hostname,
        port=instance.endpoint.port,
        changed_at=at,
        reason=Reason.VERIFIED.value,
    )
