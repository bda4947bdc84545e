"""Backups that are there, without anybody who has taken them, and instances that are made from them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.backups.model import Backup, Rdb
from swiftcache.backups.wiring import backups, object_store
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.restore import RestoreRequest
from swiftcache.instances.service import Created
from swiftcache.instances.sizes import MIB
from swiftcache.instances.wiring import instance_service
from tests.samples import a_backup, a_content, an_entry, an_instance
from tests.statemachine.cloud import Cloud

RESTORE_REQUEST = "request-restore"


def store(cloud: Cloud, name: str, content: bytes, keys: int | None, **different: Any) -> Backup:
    """An AVAILABLE backup whose record is of this content, or `different`. Nobody is at work on it.

    `name` begins its id, which nothing had before: what is left of one that was forgotten may be on its way out.
    """
    owner = cloud.caller.organization_id
    objects = object_store(cloud.injector)
    # Small keys take some seven times as much memory as they have bytes in a file.
    source = an_instance(organization_id=owner, max_memory=max(10 * MIB, 8 * len(content)))
    backup = a_backup(id=f"{name}{uuid4().hex}", organization_id=owner, source=source)
    upload = objects.begin(backup.object_key)
    version = objects.complete(backup.object_key, upload, [objects.put_part(backup.object_key, upload, 1, content)])
    sha256 = hashlib.sha256(content).hexdigest()
    # As the file says, whatever it says: what a Redis here has read before decides whether it may be restored.
    rdb = Rdb("redis", "7.0.15", int(content[5:9]) if content[5:9].isdigit() else 9)
    known = a_content(version=version, size_bytes=len(content), keys=keys, sha256=sha256, rdb=rdb)
    backup = backup.available(replace(known, **different), datetime.now(UTC))
    backups(cloud.injector).create(backup, an_entry(organization_id=owner))
    return backup


def forget(cloud: Cloud, backup_id: str) -> None:
    found = backups(cloud.injector).get(cloud.caller.organization_id, backup_id)
    if found:
        deleting = found.deleting()
        backups(cloud.injector).change(found, deleting, None)
        backups(cloud.injector).remove(deleting, None)
        object_store(cloud.injector).erase(found.object_key)


def restore(cloud: Cloud, backup: Backup, keys: bool = False, **different: Any) -> Created:
    """An instance that is being made from it."""
    request = RestoreRequest(backup.id, keys)
    new = NewInstance(cloud.caller.organization_id, "restored", 64 * MIB, "eu-central", restore=request)
    caller = replace(cloud.caller, request_id=RESTORE_REQUEST)
    return instance_service(cloud.injector).create(caller, replace(new, **different))


@contextmanager
def opened(cloud: Cloud, instance: Instance, key: str) -> "Iterator[redis.Redis]":
    """A connection of its owner."""
    assert instance.endpoint
    client = redis.Redis(
        host=instance.endpoint.address,
        port=instance.endpoint.port,
        password=key,
        ssl=True,
        ssl_ca_certs=str(cloud.ca_file),
        ssl_check_hostname=False,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        yield client
