"""There is another certificate: instances that serve an earlier one are replaced before that ends.

Members of the warm pool are not among them: the pool makes others (pool/planning.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from swiftcache.certificates.model import CurrentCertificate, needs_renewal
from swiftcache.certificates.ports import CertificateRecord
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import ChangeReason, Instance
from swiftcache.maintenance.model import pending_of
from swiftcache.maintenance.ports import RunningInstances
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.pool.model import POOL


@dataclass(slots=True)
class CertificatePass:
    """The ids of instances that are to be replaced since this pass, and why others have to wait for the next one."""

    required: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CertificateWatch:
    """`now` gives the time with its zone."""

    fleet: RunningInstances
    certificates: CertificateRecord
    maintenance: MaintenanceService
    now: Callable[[], datetime]

    def run(self, request_id: str, end: datetime) -> CertificatePass:
        """One pass, which requires nothing after `end`: the next one goes on, since the record has what is required.

        Raises DependencyUnavailable if the certificate or the fleet cannot be read.
        """
        result, current = CertificatePass(), self.certificates.state().current
        if current is None:
            return result
        for instance in self.fleet.running():
            if self.now() > end:
                break
            served = instance.serves
            if served is not None and self._is_to_be_replaced(instance, served, current):
                self._require(instance, served, request_id, result)
        return result

    def _is_to_be_replaced(self, instance: Instance, served: Certificate, current: CurrentCertificate) -> bool:
        if instance.organization_id == POOL or pending_of(instance, ChangeReason.CERTIFICATE):
            return False
        return needs_renewal(served, current, self.now())

    def _require(self, instance: Instance, served: Certificate, request_id: str, result: CertificatePass) -> None:
        """By when two thirds of what is left are over: what fails then has the last third to be tried again."""
        deadline = served.ends - (served.ends - self.now()) / 3
        try:
            self.maintenance.require(
                instance.organization_id, instance.id, ChangeReason.CERTIFICATE, deadline, request_id
            )
        except Exception as error:
            result.errors[instance.id] = error
            return
        result.required.append(instance.id)
