"""A fleet that serves what a real authority issues for five minutes, with a client at each instance."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from swiftcache.access.audit import Action
from swiftcache.certificates.model import CertificateState, CurrentCertificate
from swiftcache.certificates.wiring import certificate_record
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.model import AuditFilter
from swiftcache.organizations.wiring import audit_service
from swiftcache.platform.aws import clock
from tests.integration.certificates.front import Front
from tests.integration.certificates.pebble import pebble
from tests.integration.redis.writers import Writer, connector, lost
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.revoking import Connect, KeyRevoker

LIFE = timedelta(minutes=5)

AHEAD = timedelta(minutes=3)
"""So far our clock is ahead of the authority's: what it issues is due for renewal after 20 seconds, and for us it ends
two minutes after it was issued."""

PATIENCE = 90.0
"""Seconds, for what takes a few where nothing else runs."""

_PAUSE = 0.05
"""Between two writes, so that the service, which is in this process, has its turn."""


class Authority:
    """Pebble behind the front. After each start it has another root, and knows no account."""

    def __init__(self, cloud: Cloud, front: Front, patch: pytest.MonkeyPatch) -> None:
        self.front = front
        self._cloud, self._patch = cloud, patch
        self._running = ExitStack()
        self.roots = [cloud.ca_file.read_text()]
        """What our functions trust, the newest last."""

    def start(self) -> None:
        folder = self._cloud.home / f"pebble-{len(self.roots)}"
        self.front.behind = self._running.enter_context(pebble(folder, self._cloud.dns, life=LIFE))
        self.roots.append(self.front.behind.root())
        # What is trusted is remembered by the file's name.
        trusted = folder / "trusted.pem"
        trusted.write_text("".join(self.roots))
        self._patch.setenv("SSL_CERT_FILE", str(trusted))

    def stop(self) -> None:
        self.front.behind = None
        self._running.close()


@dataclass
class Member:
    """An instance, what connects to it as its owner does, and who writes into it."""

    id: str
    connect: Connect
    writer: Writer

    def lost(self) -> list[str]:
        """What was acknowledged up to now, and is not there."""
        with self.connect() as client:
            # A key that is revoked closes the connections of the others too, as docs/keys.md says.
            client.set_retry(Retry(ExponentialBackoff(), 10))
            return lost(client, [replace(self.writer, acknowledged=self.writer.acknowledged[:])])


class Fleet:
    """`trusted` is the file by which clients verify: what is in the secret's `authority`."""

    def __init__(self, cloud: Cloud, authority: Authority, size: int) -> None:
        self.cloud, self.authority = cloud, authority
        self.trusted = cloud.home / "authority.pem"
        cloud.injector.given[clock] = lambda: datetime.now(UTC) + AHEAD
        self.renew(force=True)
        self.members = self._created(size)
        self.revoker = KeyRevoker(cloud, str(self.trusted), [member.id for member in self.members])

    def renew(self, **event: Any) -> dict[str, Any]:
        """As each hour."""
        answer: Any = self._call("RenewCertificateFunction", event)
        fresh = self.trusted.with_suffix(".new")
        fresh.write_text(self.secret()["authority"])
        fresh.replace(self.trusted)
        return dict(answer)

    def watch(self) -> None:
        """As each minute, and then each quarter of an hour."""
        self._call("CollectMetricsFunction")
        self._call("WatchCertificatesFunction")

    def maintain(self) -> None:
        """As each minute. Returns when all that was begun has ended, and was seen."""
        self._call("KeepMaintenanceFunction")
        wait_for(lambda: not any(instance.changing for instance in self.instances), PATIENCE)
        self.cloud.quiet(PATIENCE)
        self._call("CollectMetricsFunction")
        self._call("KeepMaintenanceFunction")

    def await_renewal(self) -> None:
        """Until the current certificate is due."""
        due = self.current.ends - self.current.life / 3
        time.sleep(max(0.0, (due - self.now).total_seconds()))

    @property
    def now(self) -> datetime:
        """For the service."""
        return datetime.now(UTC) + AHEAD

    @property
    def instances(self) -> list[Instance]:
        found = [self.cloud.find(member.id) for member in self.members]
        return [instance for instance in found if instance]

    @property
    def state(self) -> CertificateState:
        return certificate_record(self.cloud.injector).state()

    @property
    def current(self) -> CurrentCertificate:
        current = self.state.current
        assert current
        return current

    def secret(self) -> dict[str, str]:
        """What tasks are started with."""
        text = self.cloud.client("secretsmanager").get_secret_value(SecretId="certificate")["SecretString"]
        found: dict[str, str] = json.loads(text)
        return found

    def told(self, instance_id: str, action: Action) -> list[str]:
        """Each reason that its owner was told, by the audit log and so by events."""
        caller = self.cloud.caller
        wanted = AuditFilter(action=action, instance_id=instance_id)
        page = audit_service(self.cloud.injector).page(caller, caller.organization_id, 100, None, wanted)
        return [str(one.entry.details["reason"]) for one in page.recorded]

    def assert_well(self) -> None:
        """Every client writes on by verified TLS, all that was acknowledged is there, and keys come and go."""
        writers, revoked = [member.writer for member in self.members], len(self.revoker.revoked)
        wanted = [(writer, len(writer.acknowledged) + 5) for writer in writers]
        wait_for(lambda: all(len(writer.acknowledged) > least for writer, least in wanted), PATIENCE)
        wait_for(lambda: len(self.revoker.revoked) > revoked, PATIENCE)
        assert [text for writer in writers for text in writer.broken if "certificate" in text.lower()] == []
        assert [text for writer in writers for text in writer.refused] == []
        assert [lost for member in self.members for lost in member.lost()] == []
        assert self.revoker.wrong == []
        assert self.cloud.unpublished == []

    @staticmethod
    def fingerprints(instances: Iterable[Instance]) -> set[str]:
        """Of the certificates that they were last seen to serve."""
        return {instance.serves.sha256_fingerprint if instance.serves else "" for instance in instances}

    @contextmanager
    def at_work(self) -> Iterator["Fleet"]:
        stop = threading.Event()
        threads = [
            *(threading.Thread(target=member.writer.run, args=(member.connect, stop)) for member in self.members),
            threading.Thread(target=self.revoker.run, args=(stop,)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _created(self, size: int) -> list[Member]:
        cloud, made = self.cloud, []
        service = instance_service(cloud.injector)
        for number in range(size):
            # Some keep their data on a volume.
            new = NewInstance(
                cloud.caller.organization_id, f"fleet-{number}", MIN_MEMORY, "eu-central", persistence=number % 4 == 0
            )
            made.append(service.create(replace(cloud.caller, request_id=f"request-create-{number}"), new))
        return [self._running(created.instance.id, created.plain_key) for created in made]

    def _running(self, instance_id: str, key: str) -> Member:
        instance = self.cloud.wait(instance_id, "RUNNING", seconds=PATIENCE)
        assert instance
        assert instance.hostname
        assert instance.port
        connect = connector(instance.hostname, instance.port, key, str(self.trusted))
        return Member(instance_id, connect, Writer("set", _write))

    def _call(self, function: str, event: dict[str, Any] | None = None) -> object:
        return self.cloud.invoke(self.cloud.stack.functions[function].name, event or {})


def _write(client: "redis.Redis", kind: str, number: int) -> object:
    time.sleep(_PAUSE)
    return client.set(f"{kind}:{number}", number)
