"""Every check, in the order in which a person reads of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import ClientError

from local.preflight import hosted_zone, leftovers, quotas, secret
from local.preflight.asking import Clients, NotAnswered, unexpected
from local.preflight.concurrency import concurrency
from local.preflight.image import image
from local.preflight.lines import Line
from local.preflight.names import KINDS, names
from local.preflight.network import network
from local.preflight.parameters import parameters
from local.preflight.plan import Plan


@dataclass(frozen=True, slots=True)
class Check:
    """`look` is given all that it asks, and what it looks at is called `subject` where nobody answers."""

    subject: str
    look: Callable[[Clients, Plan], Iterable[Line]]

    def lines(self, clients: Clients, plan: Plan) -> list[Line]:
        """What it found, and a line for what it could not find out."""
        found: list[Line] = []
        try:
            found.extend(self.look(clients, plan))
        except NotAnswered as error:
            found.append(error.line(self.subject))
        except ClientError as error:
            found.append(unexpected(error).line(self.subject))
        return found


CHECKS = (
    Check("parameters", parameters),
    Check("hosted zone", hosted_zone.hosted_zone),
    Check("delegation", hosted_zone.delegation),
    Check("negative caching", hosted_zone.negative_caching),
    Check("records of the zone", hosted_zone.records),
    Check("certificate's secret", secret.secret),
    Check("secret's key", secret.key),
    Check("certificate", secret.certificate),
    Check("image", image),
    *(Check(kind.subject, partial(names, kind=kind)) for kind in KINDS),
    Check("kept table", leftovers.tables),
    Check("kept file system", leftovers.file_systems),
    Check("kept secrets", leftovers.secrets),
    Check("network", network),
    Check("zones", quotas.zones),
    Check("Lambda's concurrency", concurrency),
    *(Check(quota.subject, partial(quotas.quota, asked=quota)) for quota in quotas.QUOTAS),
    Check(quotas.GROUPS.subject, quotas.security_groups),
    Check("Step Functions", quotas.transitions),
    Check("access points", quotas.access_points),
)
