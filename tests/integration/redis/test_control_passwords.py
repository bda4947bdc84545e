"""Replacing the control user's password in a real Redis, while clients write without a pause."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis

from swiftcache.configuration.redis import RedisServerControl
from swiftcache.configuration.rotation import Rotation
from swiftcache.configuration.service import ConfigurationService
from swiftcache.instances.model import Instance
from swiftcache.metrics.ports import RedisReader
from swiftcache.metrics.redis_info import RedisFigures
from swiftcache.metrics.scraper import Scraper
from swiftcache.redis.connection import connect
from swiftcache.redis.control_passwords import MAX_AGE
from tests.fakes.configuration import FakeAgeing, FakeConfigurationStore
from tests.fakes.redis import FakeCredentials
from tests.integration.redis.tasks import HOSTNAME
from tests.integration.redis.world import LARGE, World, clients_of, running
from tests.integration.redis.writers import lost, writing
from tests.samples import NOW


@dataclass
class Rotating:
    """An instance whose control password is old, and the hour of the next pass."""

    world: World
    time: datetime = NOW + MAX_AGE + timedelta(days=1)
    credentials: FakeCredentials = field(init=False)

    def __post_init__(self) -> None:
        self.credentials = FakeCredentials({"inst_a1": ("", self.world.tasks.control_password)})
        self.world.resizer = replace(self.world.resizer, credentials=self.credentials)

    def one_pass(self) -> None:
        instances = self.world.instances
        configuration = ConfigurationService(
            instances,
            FakeConfigurationStore(instances),
            self.credentials,
            RedisServerControl(),
            "example.com",
            lambda: self.time,
        )
        for step in Rotation(FakeAgeing(instances), configuration, lambda: self.time).run(10, lambda: False):
            assert step.error is None
        self.time += timedelta(hours=1)

    @property
    def instance(self) -> Instance:
        return self.world.instance

    def takes(self, password: str) -> bool:
        assert self.instance.endpoint
        try:
            with connect(self.instance.endpoint, HOSTNAME, password) as client:
                return bool(client.ping())
        except redis.AuthenticationError:
            return False


@pytest.fixture
def rotating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotating]:
    for world in running(tmp_path, monkeypatch):
        yield Rotating(world)


def test_no_client_notices_and_the_old_password_ends(rotating: Rotating) -> None:
    old = rotating.credentials.control_password("inst_a1")
    with writing(clients_of(rotating.world)) as writers, rotating.world.client() as client:
        client.set("before", 1)
        connection = client.client_id()
        for _ in range(4):
            rotating.one_pass()
            assert rotating.takes(rotating.credentials.control_password("inst_a1"))
        assert client.client_id() == connection
    assert [writer.refused for writer in writers] == [[]] * len(writers)
    assert [writer.tries - len(writer.acknowledged) for writer in writers] == [0] * len(writers)
    with rotating.world.client() as client:
        assert lost(client, writers) == []
    assert rotating.instance.control_password_at
    assert rotating.credentials.control_password("inst_a1") != old
    assert not rotating.takes(old)


def test_our_own_connections_with_the_old_password_stay_as_they_are(rotating: Rotating) -> None:
    with rotating.world.ours(rotating.world.serving) as ours:
        before = ours.client_id()
        for _ in range(4):
            rotating.one_pass()
        assert ours.client_id() == before


def test_who_has_kept_an_old_password_asks_for_the_new_one(rotating: Rotating) -> None:
    reader: RedisReader = RedisFigures()
    scraper = Scraper(reader, rotating.credentials, lambda: NOW)
    scraper.scrape(rotating.instance, connections=True)
    for _ in range(4):
        rotating.one_pass()
    assert scraper.scrape(rotating.instance, connections=True).live.keys >= 0
    assert scraper.passwords["inst_a1"].plain == rotating.credentials.control_password("inst_a1")


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_a_task_that_takes_over_in_the_midst_of_it_takes_all_that_are_valid(rotating: Rotating, passes: int) -> None:
    for _ in range(passes):
        stage_before = rotating.credentials.issued["inst_a1"][0]
        rotating.one_pass()
    # A task may have been started a moment before the pass.
    rotating.world.tasks.secrets["ACL"] = stage_before or rotating.world.tasks.secrets["ACL"]
    rotating.world.resize(LARGE)
    rotating.one_pass()
    valid = rotating.credentials.control_passwords("inst_a1").valid
    rotating.world.switch_over()
    assert [rotating.takes(password) for password in valid] == [True] * len(valid)
    rotating.world.settle()
    for _ in range(4 - passes):
        rotating.one_pass()
    assert rotating.credentials.control_passwords("inst_a1").other is None
    assert rotating.instance.control_password_at
