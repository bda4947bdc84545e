"""Scraping one Redis, with a password that is read as seldom as possible."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.metrics.model import LiveFigures, RedisSample
from swiftcache.metrics.ports import Metrics, RedisReader
from swiftcache.platform.errors import ControlPasswordRefused, DependencyUnavailable, NotFound, RedisUnreachable
from swiftcache.redis.ports import Credentials

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
        """Raises RedisUnreachable."""
        try:
            return self.reader.read(instance, self._password(instance.id), connections=connections)
        except ControlPasswordRefused:
            self.passwords.pop(instance.id, None)
            return self.reader.read(instance, self._password(instance.id), connections=connections)

    def forget_unused(self) -> None:
        """Keeps no password that has not been used for an hour: its instance is gone, or others scrape it."""
        since = self.now() - _KEPT
        for unused in [known for known, password in self.passwords.items() if password.used_at < since]:
            self.passwords.pop(unused, None)

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


def inspect(
    instances: Instances, scraper: Scraper, metrics: Metrics, organization_id: str, instance_id: str
) -> LiveFigures:
    """Scrapes the Redis of a RUNNING instance now, for Inspector. Raises RedisUnreachable."""
    instance = instances.get(organization_id, instance_id)
    if instance is None or instance.status is not Status.RUNNING:
        raise RedisUnreachable(f"{instance_id} is not running any more")
    sample = scraper.scrape(instance, connections=False)
    # Else the sums would have our own share in them; a little one is no reason to answer nothing.
    with suppress(DependencyUnavailable):
        metrics.note(organization_id, instance_id, sample.own)
    return sample.live
