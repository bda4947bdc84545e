"""There is another certificate: instances that serve an earlier one are replaced before that ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.certificates.model import CurrentCertificate, needs_renewal
from swiftcache.certificates.ports import CertificateRecord
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.maintenance.model import pending_of
from swiftcache.maintenance.service import MaintenanceService


@dataclass(frozen=True, slots=True)
class CertificateWatch:
    """`now` gives the time with its zone."""

    certificates: CertificateRecord
    maintenance: MaintenanceService
    now: Callable[[], datetime]

    def current(self) -> CurrentCertificate | None:
        """What tasks get that begin now; None if that is not known. Raises DependencyUnavailable."""
        return self.certificates.state().current

    def look(self, instance: Instance, current: CurrentCertificate | None, request_id: str) -> bool:
        """Whether it is to be replaced from now on. What is required already is not required again."""
        served = instance.serves
        if current is None or served is None or pending_of(instance, ChangeReason.CERTIFICATE):
            return False
        if not needs_renewal(served, current, self.now()):
            return False
        self.maintenance.require(
            instance.organization_id, instance.id, ChangeReason.CERTIFICATE, self._deadline(served), request_id
        )
        return True

    def _deadline(self, served: Certificate) -> datetime:
        """By when two thirds of what is left are over: what fails then has the last third to be tried again."""
        return served.ends - (served.ends - self.now()) / 3
