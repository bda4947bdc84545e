"""Instances as DynamoDB items, and back.

    PK                    SK                     what
    ORG#<id>              ORG                    an organization, its limits and what is left of them
    ORG#<id>              INSTANCE#<id>          an instance, its keys' hashes with it
    ORG#<id>              MEMBER#<id>            a member
    ORG#<id>              KEY#<id>               an account key
    ACCOUNTKEY#<sha256>   ACCOUNTKEY             the same account key, found by its hash: whose it is, its role
    ORG#<id>              RECEIPT#<instance id>  what a deletion removed
    ORG#<id>              MAINTENANCE#<inst. id> when its next maintenance begins (instances/maintenance_table.py)
    CREATIONS             <time>#<instance id>   how long a creation took
    CREATIONS#CLAIMED     <time>#<instance id>   how long one took that began with a member of the warm pool
    AUDIT#<id>            <time>#<id>            an entry of an organization's audit log
    IDEMPOTENCY#<id>      <sha256 of key>        an idempotency key of an account key, and what was answered, sealed
    SESSION#<sha256>      SESSION                a browser's session, found by its token's hash: its account key's
    RATE#<whose>          <number of a window>   how many requests an account key, or an address, has sent in it
    RECONCILER            PASS                   where the reconciler is, and its candidates
    POOL                  VERSION                how many members of the warm pool have been added so far
    CERTIFICATE           CURRENT                the certificate that new tasks get, and what becomes of its renewal

    index Fleet           fleet, SK              every instance of every organization, for what looks after all;
                                                 every organization, for the operator's list
    index ByStatus        PK, statusKey          an organization's instances by status
    index ByName          PK, nameKey            and by name
    index Due             due, dueAt             instances whose next backup has a time; backups (backups/table.py);
                                                 maintenance

`ttl` (epoch seconds) is when DynamoDB removes an item by itself. An instance lies in its owner's partition: a look-up
needs the owner's id, so another's instance cannot be found by mistake, and listing is one query. Its keys are a part of
the item: reading an instance is one read.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swiftcache.access.audit_items import ACTOR
from swiftcache.access.identity import Actor
from swiftcache.engines.model import EngineName
from swiftcache.instances.allowed_networks import OwnGroup
from swiftcache.instances.backup_schedule import DUE
from swiftcache.instances.change import Change
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.recovery_state import Recovery
from swiftcache.instances.restore import Restore
from swiftcache.instances.settings import DEFAULT_SETTINGS, Settings
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.platform.codec import Codec
from swiftcache.platform.items import FLEET, attributes, instance_key, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


ENDPOINT = Codec(Endpoint, left_out={"task": "", "folder": ""})
FAILURE = Codec(Failure)


class _Settings:
    """By Redis's names, in its words."""

    def encode(self, settings: Settings) -> dict[str, str]:
        return dict(settings.chosen)

    def decode(self, kept: Mapping[str, str]) -> Settings:
        return Settings(tuple(sorted(kept.items())))


SETTINGS = _Settings()
CHANGE = Codec(Change, parts={Settings: SETTINGS})
RECOVERY = Codec(Recovery)
RESTORE = Codec(Restore)
OWN_GROUP = Codec(OwnGroup)
OBSERVED = Codec(ObservedTask)
SILENCE = Codec(Silence, left_out={"told": False})
FINAL_BACKUP = Codec(FinalBackup, parts={Actor: ACTOR})
_KEY = Codec(InstanceKey)
_PENDING = Codec(PendingMaintenance, left_out={"at_once": False})


class _Keys:
    """By their ids, so that one can be changed by its own; in the order in which they were made."""

    def encode(self, keys: Sequence[InstanceKey]) -> dict[str, dict[str, Any]]:
        kept = {key.id: _KEY.encode(key) for key in keys}
        for key in kept.values():
            del key["id"]
        return kept

    def decode(self, kept: Mapping[str, Mapping[str, Any]]) -> tuple[InstanceKey, ...]:
        keys = [_KEY.decode({"id": key_id, **key}) for key_id, key in kept.items()]
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.id)))


class _Maintenance:
    """In the order in which it was required."""

    def encode(self, pending: Sequence[PendingMaintenance]) -> list[dict[str, Any]]:
        return [_PENDING.encode(one) for one in pending]

    def decode(self, kept: Sequence[Mapping[str, Any]]) -> tuple[PendingMaintenance, ...]:
        return tuple(map(_PENDING.decode, kept))


INSTANCE_CODEC = Codec(
    Instance,
    names={"configuration_runs": "runs"},
    left_out={
        "configuration_runs": frozenset(),
        "claimed": False,
        "shared_definition": False,
        "settings": DEFAULT_SETTINGS,
        "key_rules": 1,
        "generation": 0,
        "recover_from_backup": False,
        "own_definitions": False,
        "engine": EngineName.REDIS,
        "pending_maintenance": (),
    },
    parts={
        "keys": _Keys(),
        "pending_maintenance": _Maintenance(),
        Endpoint: ENDPOINT,
        Actor: ACTOR,
        Change: CHANGE,
        Settings: SETTINGS,
        Silence: SILENCE,
        FinalBackup: FINAL_BACKUP,
        ObservedTask: OBSERVED,
    },
)


def instance_item(instance: Instance) -> "dict[str, AttributeValueTypeDef]":
    indexed = {
        "fleet": FLEET,
        "statusKey": status_key(instance.status, instance.id),
        "nameKey": name_key(instance.name, instance.id),
        "due": DUE if instance.next_backup_at else None,
        "dueAt": instance.next_backup_at,
    }
    return instance_key(instance.organization_id, instance.id) | attributes(INSTANCE_CODEC.encode(instance) | indexed)


def instance_of(item: dict[str, Any]) -> Instance:
    """The instance in an item in DynamoDB's JSON."""
    return INSTANCE_CODEC.decode(plain(item))


def status_key(status: Status, instance_id: str) -> str:
    """The range key of the index ByStatus."""
    return f"{status}#{instance_id}"


def name_key(name: str, instance_id: str) -> str:
    """The range key of the index ByName. A name has no `#`."""
    return f"{name}#{instance_id}"
