"""One walk over every running instance, for all who have to find something before it is due.

Members of the warm pool are left out: they are nobody's, and the pool makes others (pool/planning.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from swiftcache.certificates.model import CurrentCertificate
from swiftcache.engines.catalogue import end_of_life
from swiftcache.instances.model import Instance
from swiftcache.maintenance.ending import EndOfLifeWatch
from swiftcache.maintenance.moving import NetworkWatch
from swiftcache.maintenance.ports import RunningInstances
from swiftcache.maintenance.renewal import CertificateWatch
from swiftcache.pool.model import POOL

MOST_TOLD = 500
"""Owners that a pass tells of an end of life, which comes for a whole fleet on one day: certificates do not wait."""


@dataclass(slots=True)
class FleetPass:
    """The ids of instances that are to be replaced since this pass, for their certificate or their network, of those
    whose owners it has told of an end of life, and why others have to wait for the next one. `first_end` is the first
    end of life of all that runs."""

    required: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    first_end: date | None = None


@dataclass(frozen=True, slots=True)
class FleetWatch:
    """`now` gives the time with its zone."""

    fleet: RunningInstances
    certificates: CertificateWatch
    ends: EndOfLifeWatch
    networks: NetworkWatch
    now: Callable[[], datetime]

    def run(self, request_id: str, end: datetime) -> FleetPass:
        """One pass, which looks at nothing after `end`: the next one goes on, since the record has what was done.

        Raises DependencyUnavailable if the certificate or the fleet cannot be read.
        """
        result, current = FleetPass(), self.certificates.current()
        for instance in self.fleet.running():
            if self.now() > end:
                break
            if instance.organization_id == POOL:
                continue
            result.first_end = _earlier(result.first_end, _end(instance))
            try:
                self._look(instance, current, request_id, result)
            except Exception as error:
                result.errors[instance.id] = error
        return result

    def _look(self, instance: Instance, current: CurrentCertificate | None, request_id: str, result: FleetPass) -> None:
        if self.certificates.look(instance, current, request_id):
            result.required.append(instance.id)
        if self.networks.look(instance, request_id):
            result.moving.append(instance.id)
        if len(result.told) < MOST_TOLD and self.ends.look(instance, request_id):
            result.told.append(instance.id)


def _end(instance: Instance) -> date | None:
    return end_of_life(instance.engine, instance.version) if instance.version else None


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((found for found in (one, other) if found), default=None)
