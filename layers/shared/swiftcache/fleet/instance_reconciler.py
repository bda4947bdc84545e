"""The reconciler for one instance, at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from swiftcache.fleet.ports import DnsRecords, Parts, RecordIndex
from swiftcache.fleet.reconciler import is_failed
from swiftcache.fleet.removal import OrphanRemover
from swiftcache.fleet.resumption import WorkResumer
from swiftcache.instances.model import dns_name_of, hostname_of
from swiftcache.instances.ports import Instances, Target
from swiftcache.pool.model import POOL


@dataclass(frozen=True, slots=True)
class InstanceReconciler:
    """The reconciler for one instance, at once: an execution of it has ended badly, and left no work in the record.

    `domain` is the one under which new instances get their names. A record of an instance that had another is found by
    the next full pass.
    """

    instances: Instances
    record_index: RecordIndex
    parts: Sequence[Parts]
    dns_records: DnsRecords
    resumer: WorkResumer
    remover: OrphanRemover
    domain: str

    def run(self, target: Target) -> bool:
        """Whether it has started anything.

        No grace is given: this read of the record sees all that was written, and the execution's end is certain.
        """
        instance = self.instances.get(target.organization_id, target.instance_id)
        if instance is not None and not is_failed(instance):
            return self.resumer.resume(instance)
        if instance is None and target.organization_id == POOL:
            # An owner may have taken it over, a moment ago: the index of all instances is late. A pass gives it grace.
            return False
        if instance is None and self.record_index.is_in_fleet(target.instance_id):
            # It lives in another organization than whoever asked believes.
            return False
        name = dns_name_of(instance, self.domain) if instance else hostname_of(target.instance_id, self.domain)
        left = any(part.of(target.instance_id) for part in self.parts)
        if not (left or self.dns_records.named(name, target.instance_id)):
            return False
        return self.remover.remove_parts(target, failed=instance is not None)
