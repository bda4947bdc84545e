"""Scraping one Redis, with a password that is read as seldom as possible."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.metrics.model import LiveFigures, RedisSample
from swiftcache.metrics.ports import Metrics, RedisReader
from swiftcache.metrics.slow_commands import SlowCommand, SlowCommands
from swiftcache.platform.counters import Counters
from swiftcache.platform.errors import ControlPasswordRefused, DependencyUnavailable, NotFound, RedisUnreachable
from swiftcache.redis.ports import Credentials

T = TypeVar("T")

_KEPT = timedelta(hours=1)
"""A process does not know which instances it is to scrape next: any part of the fleet may come again."""


@dataclass(slots=True)
class _Password:
    plain: str = field(repr=False)
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Scraper:
    """Scrapes a Redis with the control user's password, which is read once and kept: each reading is paid for.

    `now` gives the time with its zone.
    """

    reader: RedisReader
    credentials: Credentials
    now: Callable[[], datetime]
    passwords: dict[str, _Password] = field(default_factory=dict, repr=False)

    def scrape(self, instance: Instance, *, connections: bool) -> RedisSample:
        """Patiently if its silence is too long, before it is replaced. Raises RedisUnreachable."""
        silence = instance.silence if instance.silent_since else None
        patient = silence is not None and silence.is_too_long(self.now())
        return self._asking(
            instance, lambda password: self.reader.read(instance, password, connections=connections, patient=patient)
        )

    def slow_commands(self, instance: Instance, limit: int) -> SlowCommands:
        """Raises RedisUnreachable."""
        return self._asking(instance, lambda password: self.reader.slow_commands(instance, password, limit))

    def forget_unused(self) -> None:
        """Keeps no password that has not been used for an hour: its instance is gone, or others scrape it."""
        since = self.now() - _KEPT
        for unused in [known for known, password in self.passwords.items() if password.used_at < since]:
            self.passwords.pop(unused, None)

    def _asking(self, instance: Instance, ask: Callable[[str], T]) -> T:
        try:
            return ask(self._password(instance.id))
        except ControlPasswordRefused:
            self.passwords.pop(instance.id, None)
            return ask(self._password(instance.id))

    def _password(self, instance_id: str) -> str:
        known = self.passwords.get(instance_id)
        if known is None:
            try:
                known = _Password(self.credentials.control_password(instance_id), self.now())
            except NotFound as error:
                raise RedisUnreachable(str(error)) from error
            self.passwords[instance_id] = known
        known.used_at = self.now()
        return known.plain


@dataclass(frozen=True, slots=True)
class Inspection:
    """A look into the Redis of a RUNNING instance now, for Inspector. Each of its calls raises RedisUnreachable."""

    instances: Instances
    scraper: Scraper
    metrics: Metrics

    def figures(self, organization_id: str, instance_id: str) -> LiveFigures:
        sample = self.scraper.scrape(self._running(organization_id, instance_id), connections=False)
        self._note(organization_id, instance_id, sample.own)
        return sample.live

    def slow_commands(self, organization_id: str, instance_id: str, limit: int) -> tuple[SlowCommand, ...]:
        found = self.scraper.slow_commands(self._running(organization_id, instance_id), limit)
        self._note(organization_id, instance_id, found.own)
        return found.commands

    def _running(self, organization_id: str, instance_id: str) -> Instance:
        instance = self.instances.get(organization_id, instance_id)
        if instance is None or instance.status is not Status.RUNNING:
            raise RedisUnreachable(f"{instance_id} is not running any more")
        return instance

    def _note(self, organization_id: str, instance_id: str, own: Counters) -> None:
        # Else the sums would have our own share in them; a little one is no reason to answer nothing.
        with suppress(DependencyUnavailable):
            self.metrics.note(organization_id, instance_id, own)
