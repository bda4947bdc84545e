"""What belongs to nobody: resources of instances, organizations and webhooks that the record does not know.

A resource is named after its owner, and an owner's id is given once. So an owner that is not in the record now, and was
not some time ago, never will be, unless it is an instance that is undeleted: its resources are orphans. Being found
twice, a grace period apart, is what makes one, of whatever kind: not everything has a time of creation, and the table's
index and AWS's lists are late now and then.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Self

from swiftcache.platform.timestamps import timestamp

GRACE = timedelta(minutes=15)
"""How long an orphan is left alone after it was first found, and work that nobody is at after it was begun."""

LIMIT = 10
"""How many owners' resources a pass removes. More at once is rather a mistake in the record than so many orphans."""

MOST_KEPT = 500
"""How many candidates are remembered. They are one item of the table, which takes 400 KB."""


class ResourceKind(StrEnum):
    """What a resource is. The names are stable: they are shown to the operator."""

    TASK = auto()
    TASK_DEFINITION = auto()
    DNS_RECORD = auto()
    SECRET = auto()
    VOLUME = auto()
    SECURITY_GROUP = auto()
    WEBHOOK_SECRET = auto()
    PROOF = auto()
    EXECUTION = auto()
    ITEM = auto()


@dataclass(frozen=True, slots=True)
class CloudResource:
    """Something in AWS or in the table. `owner` is the id in its name, of an instance, an organization or a webhook.

    A PROOF is a task that proves a backup. None takes as long as an orphan is left alone, so whichever is found twice
    is one: it is its own owner.
    """

    kind: ResourceKind
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Owners:
    """Everybody whom the record knows. `failed` are the instances that are ERROR and never ran: nothing is theirs.

    They are given with their organizations' ids. `domains` are those under which its instances were made.
    """

    instances: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    webhooks: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)

    def owns(self, resource: CloudResource) -> bool:
        if resource.owner in self.failed:
            return False
        return any(resource.owner in known for known in (self.instances, self.organizations, self.webhooks))


@dataclass(frozen=True, slots=True)
class OrphanCandidates:
    """What a pass has found that belongs to nobody. `first` says since when each owner's resources are seen (RFC
    3339)."""

    resources: tuple[CloudResource, ...] = ()
    first: Mapping[str, str] = field(default_factory=dict)

    def with_resources(self, found: Iterable[CloudResource], now: datetime) -> Self:
        """More of them, up to MOST_KEPT; the rest is seen when these are gone."""
        resources = tuple(dict.fromkeys((*self.resources, *found)))[:MOST_KEPT]
        at = timestamp(now)
        return replace(
            self,
            resources=resources,
            first={resource.owner: self.first.get(resource.owner, at) for resource in resources},
        )

    def without(self, owners: Set[str]) -> Self:
        """The same without what these own after all."""
        resources = tuple(resource for resource in self.resources if resource.owner not in owners)
        return replace(
            self, resources=resources, first={resource.owner: self.first[resource.owner] for resource in resources}
        )

    def since(self, before: Self) -> Self:
        """The same, for owners that were seen already since that time."""
        first = {owner: min(at, before.first.get(owner, at)) for owner, at in self.first.items()}
        return replace(self, first=first)

    @property
    def dns_names(self) -> list[str]:
        """Those of its records in the zone."""
        return [resource.name for resource in self.resources if resource.kind is ResourceKind.DNS_RECORD]

    def is_due(self, owner: str, now: datetime) -> bool:
        """Whether the grace period of the owner's resources has passed."""
        return datetime.fromisoformat(self.first[owner]) + GRACE <= now
