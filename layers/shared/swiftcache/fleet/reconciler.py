"""The reconciler: makes the world agree with the record, by the same full pass in calm and storm.

    the record   every organization with all that it has: corrects counts, resumes work that nobody is at
    backups      some organizations' at a time, each once an hour (backup_check.py)
    the world    everything with a name of ours, kind by kind, page by page: what belongs to nobody is a candidate
    the end      what was a candidate a grace period ago, and still is, is removed; too much at once is refused

A pass that runs out of time stores where it is, and the next goes on there. It looks at the record anew, and sees what
has changed meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from swiftcache.fleet.backup_check import BackupCheck
from swiftcache.fleet.findings import (
    CORRECT,
    RECOVER,
    REFUSE,
    RESUME,
    WAIT,
    Finding,
    ReconcileRequest,
    Report,
    tried,
)
from swiftcache.fleet.orphans import LIMIT, CloudResource, OrphanCandidates, Owners, ResourceKind
from swiftcache.fleet.ports import (
    DnsRecords,
    Inventory,
    OrganizationSnapshot,
    OrphanItemScan,
    ReconcileCheckpoint,
    ReconcileCheckpoints,
    RecordIndex,
    RecoveryStarter,
    Tasks,
)
from swiftcache.fleet.removal import OrphanRemover, ownerless_instance, removal_method_of
from swiftcache.fleet.resumption import WorkResumer, overdue
from swiftcache.instances.model import Instance, dns_name_of, domain_of
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL

SCAN_PAGES = 4
"""How much of the table a pass looks through, in pages of up to 1 MB."""

TASKS_AT_ONCE = 100
"""What DescribeTasks takes."""

TRIES = 5
"""How often a count is corrected that others change meanwhile."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """`inventories` are the kinds of resources but records in the zone, which are looked for under each domain in use.

    `domain` is the one under which new instances get their names. `now` gives the time with its zone.
    """

    record_index: RecordIndex
    inventories: Sequence[Inventory]
    dns_records: DnsRecords
    item_scan: OrphanItemScan
    checkpoints: ReconcileCheckpoints
    resumer: WorkResumer
    remover: OrphanRemover
    tasks: Tasks
    recovery_starter: RecoveryStarter
    backups: BackupCheck
    domain: str
    now: Callable[[], datetime]

    def run(self, request: ReconcileRequest, out_of_time: Callable[[], bool]) -> Report:
        """One pass, or what was left of the last. Begins nothing more once it is out of time.

        Raises RecordChanged if another pass is on its way at the same time: that one goes on.
        """
        report = Report()
        stored = self.checkpoints.load()
        owners, ownerless = self._read_record(request, report)
        self.backups.run(sorted(owners.organizations), request, report, out_of_time)
        checkpoint = stored
        if request.dry_run or stored.stages != self._stages:
            # A token is of one service: another release may have another service in its place.
            checkpoint = replace(stored, stage=0, token=None, found=OrphanCandidates(), stages=self._stages)
        checkpoint = replace(checkpoint, found=checkpoint.found.with_resources(ownerless, self.now()))
        checkpoint = self._read_inventories(checkpoint, owners, request, out_of_time)
        if checkpoint.stage < self._stages:
            return report
        checkpoint = self._scan_table(checkpoint, owners)
        candidates = checkpoint.found.without(self._made_meanwhile(owners)).since(checkpoint.before)
        summary = report.summary(timestamp(self.now()))
        self._store(
            ReconcileCheckpoint(
                checkpoint.version, scan_token=checkpoint.scan_token, before=candidates, summary=summary
            ),
            request,
        )
        self._remove_orphans(candidates, owners, request, report)
        report.complete = True
        return report

    def _read_record(self, request: ReconcileRequest, report: Report) -> tuple[Owners, list[CloudResource]]:
        """Everybody in it, and the instances whose organization is gone."""
        owners = Owners(domains={self.domain})
        running: list[Instance] = []
        for snapshot in filter(None, map(self.record_index.snapshot, self.record_index.organizations())):
            self._enter(owners, snapshot)
            report.fleet.add(snapshot.instances)
            self._check_organization(snapshot, request, report)
            running += _serving(snapshot.instances)
            while len(running) >= TASKS_AT_ONCE:
                self._recover(running[:TASKS_AT_ONCE], request, report)
                del running[:TASKS_AT_ONCE]
        pool = self.record_index.pool()
        self._enter_instances(owners, pool)
        self._resume(pool, request, report)
        self._recover([*running, *_serving(pool)], request, report)
        return owners, list(self._ownerless(owners))

    def _enter(self, owners: Owners, snapshot: OrganizationSnapshot) -> None:
        owners.organizations.add(snapshot.organization.id)
        owners.webhooks.update(snapshot.webhooks)
        self._enter_instances(owners, snapshot.instances)

    def _enter_instances(self, owners: Owners, instances: Sequence[Instance]) -> None:
        owners.instances.update(instance.id for instance in instances)
        owners.failed.update((one.id, one.organization_id) for one in instances if is_failed(one))
        owners.domains.update(domain_of(dns_name_of(one, self.domain)) for one in instances)

    def _made_meanwhile(self, owners: Owners) -> set[str]:
        """Instances that may be newer than what was read of the record, and all others but those that have nothing."""
        return {instance_id for _, instance_id in self.record_index.fleet()} - owners.failed.keys()

    def _ownerless(self, owners: Owners) -> Iterator[CloudResource]:
        for organization_id, instance_id in self.record_index.fleet():
            if organization_id not in owners.organizations and organization_id != POOL:
                # It may be too new for the index that names all organizations.
                snapshot = self.record_index.snapshot(organization_id)
                if snapshot is None:
                    yield ownerless_instance(organization_id, instance_id)
                else:
                    self._enter(owners, snapshot)
            owners.instances.add(instance_id)

    def _check_organization(self, snapshot: OrganizationSnapshot, request: ReconcileRequest, report: Report) -> None:
        """What the record alone shows to be wrong."""
        organization = snapshot.organization
        if organization.used != snapshot.uses:
            finding = Finding("count", organization.id, organization.id, CORRECT)
            report.do(request, finding, partial(self._correct, snapshot))
        if self.resumer.empty(snapshot, dry_run=True):
            finding = Finding("work", "emptying", organization.id, RESUME)
            report.do(request, finding, partial(self.resumer.empty, snapshot))
        self._resume(snapshot.instances, request, report)

    def _resume(self, instances: Iterable[Instance], request: ReconcileRequest, report: Report) -> None:
        for instance in overdue(instances, self.now()):
            if self.resumer.resume(instance, dry_run=True):
                finding = Finding("work", instance.status.value, instance.id, RESUME)
                report.do(request, finding, partial(self.resumer.resume, instance))

    def _correct(self, snapshot: OrganizationSnapshot) -> bool:
        """False if it is not wrong after all, or others have always been faster: then it is the next pass's."""
        found: OrganizationSnapshot | None = snapshot
        for _ in range(TRIES):
            if found is None or found.organization.used == found.uses:
                return False
            if self.record_index.correct(found):
                return True
            found = self.record_index.snapshot(snapshot.organization.id)
        return False

    def _recover(self, running: Sequence[Instance], request: ReconcileRequest, report: Report) -> None:
        serving = {instance.endpoint.task: instance for instance in running if instance.endpoint}
        for task in sorted(self.tasks.gone(list(serving))) if serving else []:
            instance = serving[task]
            finding = Finding(ResourceKind.TASK.value, task, instance.id, RECOVER)
            report.do(request, finding, partial(self.recovery_starter.task_lost, instance, task, Cause.TASK_LOST))

    def _read_inventories(
        self,
        checkpoint: ReconcileCheckpoint,
        owners: Owners,
        request: ReconcileRequest,
        out_of_time: Callable[[], bool],
    ) -> ReconcileCheckpoint:
        """At least at one page of resources, so that every invocation gets further."""
        # A domain that nobody has any more may be another stack's tomorrow; until then what is to go under it goes.
        names = (*checkpoint.found.dns_names, *checkpoint.before.dns_names)
        domains = sorted(owners.domains.union(map(domain_of, names)))
        pages: list[Callable[[str | None], tuple[Sequence[CloudResource], str | None]]] = [
            *(inventory.page for inventory in self.inventories),
            partial(self.dns_records.page, domains),
        ]
        while checkpoint.stage < self._stages:
            resources, token = pages[checkpoint.stage](checkpoint.token)
            found = checkpoint.found.with_resources(
                (resource for resource in resources if not owners.owns(resource)), self.now()
            )
            checkpoint = replace(
                checkpoint, stage=checkpoint.stage if token else checkpoint.stage + 1, token=token, found=found
            )
            late = out_of_time()
            if late or token is None:
                checkpoint = self._store(checkpoint, request)
            if late:
                break
        return checkpoint

    @property
    def _stages(self) -> int:
        """The inventories, and the records in the zone."""
        return len(self.inventories) + 1

    def _store(self, checkpoint: ReconcileCheckpoint, request: ReconcileRequest) -> ReconcileCheckpoint:
        return checkpoint if request.dry_run else self.checkpoints.store(checkpoint)

    def _scan_table(self, checkpoint: ReconcileCheckpoint, owners: Owners) -> ReconcileCheckpoint:
        """The candidates of an earlier pass are looked at again, as their place is not come to for a while."""
        again = [
            resource
            for resource in checkpoint.before.resources
            if resource.kind is ResourceKind.ITEM and not self.item_scan.belongs(resource)
        ]
        checkpoint = replace(checkpoint, found=checkpoint.found.with_resources(again, self.now()))
        for _ in range(SCAN_PAGES):
            resources, token = self.item_scan.page(checkpoint.scan_token)
            found = [
                resource for resource in resources if not owners.owns(resource) and not self.item_scan.belongs(resource)
            ]
            checkpoint = replace(checkpoint, scan_token=token, found=checkpoint.found.with_resources(found, self.now()))
            if token is None:
                break
        return checkpoint

    def _remove_orphans(
        self, candidates: OrphanCandidates, owners: Owners, request: ReconcileRequest, report: Report
    ) -> None:
        due = {owner for owner in candidates.first if candidates.is_due(owner, self.now())}
        refused = _refused(len(due), owners, request.limit)
        for owner, first in sorted(candidates.first.items(), key=lambda pair: (pair[1], pair[0])):
            resources = [resource for resource in candidates.resources if resource.owner == owner]
            error = None
            if owner in due and not refused and not request.dry_run:
                if owner not in owners.failed and self.record_index.is_in_fleet(owner):
                    continue  # it was undeleted a moment ago
                error, _ = tried(partial(self.remover.remove, owner, resources, owners, request.request_id))
            for resource in resources:
                action = WAIT if owner not in due else REFUSE if refused else removal_method_of(resource, owners).value
                report.findings.append(Finding(resource.kind.value, resource.name, owner, action, first, error))


def is_failed(instance: Instance) -> bool:
    """Whether it never came to run: its rollback has left nothing but its record."""
    # An endpoint it may have: that of a member of the warm pool which did not answer.
    return instance.status is Status.ERROR and instance.hostname is None


def _serving(instances: Iterable[Instance]) -> Iterable[Instance]:
    """Those whose task must be there: while one is replaced, others look after that."""
    for instance in instances:
        steady = instance.status is Status.RUNNING and not instance.changing and not instance.recovering
        if steady and instance.endpoint and instance.endpoint.task:
            yield instance


def _refused(due: int, owners: Owners, limit: int | None) -> bool:
    """Whether so many removals need the operator. Without any organization, the record itself is what is missing."""
    if limit is not None:
        return due > limit
    return due > LIMIT or not owners.organizations
