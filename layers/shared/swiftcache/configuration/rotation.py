"""Replacing the control user's passwords before they are old: each pass takes some instances one stage on.

A stage is kept in the instance's secret, and the record's time is written last of all. So a pass that dies, or one that
runs beside another, leaves an instance that is still due, and the next pass goes on where it is.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from swiftcache.configuration.ports import AgeingPasswords
from swiftcache.configuration.service import ConfigurationService
from swiftcache.instances.model import Instance
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis.control_passwords import MAX_AGE, ControlPasswords, advanced, renewed


@dataclass(frozen=True, slots=True)
class RotationStep:
    """One step of one instance's rotation. `error` is why it has to wait for a later pass."""

    instance_id: str
    done: bool
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """`now` gives the time with its zone."""

    passwords: AgeingPasswords
    configuration: ConfigurationService
    now: Callable[[], datetime]

    def run(self, limit: int, time_is_up: Callable[[], bool]) -> Iterator[RotationStep]:
        """One pass: `limit` steps at most. In a new order each time, so that trouble keeps nobody else waiting."""
        due = [instance for instance in self.passwords.older_than(timestamp(self.now() - MAX_AGE)) if _free(instance)]
        random.SystemRandom().shuffle(due)
        for instance in due[:limit]:
            if time_is_up():
                return
            try:
                yield RotationStep(instance.id, self._step(instance))
            except Exception as error:
                yield RotationStep(instance.id, False, error)

    def _step(self, instance: Instance) -> bool:
        """One stage on. Whether the rotation has come to its end."""
        applied = self.configuration.make_equal(instance.organization_id, instance.id, self._advanced)
        now = self.now()
        if applied is None or not renewed(applied, now):
            return False
        self.passwords.note_renewal(instance.organization_id, instance.id, timestamp(now))
        return True

    def _advanced(self, instance: Instance, passwords: ControlPasswords) -> ControlPasswords:
        return advanced(passwords, self.now()) if _free(instance) else passwords


def _free(instance: Instance) -> bool:
    """While one task takes over from another, or takes its place, it must keep what it was started with."""
    return not (instance.changing or instance.recovering)
