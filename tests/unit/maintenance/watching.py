"""Running instances and whoever walks over them, on fakes and a clock that tests move."""

from datetime import timedelta

from swiftcache.certificates.model import CertificateState, CurrentCertificate
from swiftcache.maintenance.ending import EndOfLifeWatch
from swiftcache.maintenance.moving import NetworkWatch
from swiftcache.maintenance.renewal import CertificateWatch
from swiftcache.maintenance.watch import FleetPass, FleetWatch
from swiftcache.platform.timestamps import timestamp
from tests.fakes.certificates import FakeCertificateRecord
from tests.fakes.maintenance import FakeRunning
from tests.samples import NOW
from tests.unit.maintenance.maintenance_world import World

NEW = CurrentCertificate(timestamp(NOW + timedelta(days=90)), "new", timestamp(NOW), ("*.redis.example.com",))


class Watching(World):
    def __init__(self) -> None:
        super().__init__()
        self.certificates = FakeCertificateRecord(CertificateState(current=NEW))
        self.makes_private_tasks = False

    @property
    def fleet_watch(self) -> FleetWatch:
        return FleetWatch(
            FakeRunning(self.instances),
            CertificateWatch(self.certificates, self.service, lambda: self.time),
            EndOfLifeWatch(self.record, lambda: self.time),
            NetworkWatch(self.service, self.makes_private_tasks, lambda: self.time),
            lambda: self.time,
        )

    def watch(self, seconds: float = 90) -> FleetPass:
        return self.fleet_watch.run("watch-1", self.time + timedelta(seconds=seconds))
