"""The whole service in one process: real ASL, real handlers, real redis-server; time runs faster, and calls can fail.

Nothing here decides what the service does: template.yaml says which function has which environment, the state
machines run as `make run` runs them, and only three things differ: functions are called in this process, a wait of a
second takes a fortieth (and so does ECS's for a container that was told to end), and a test may say what happens to the
calls of a state.
"""

import importlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
import redis
from sfnx.testing import Call, Failure

from local import certificates, engines
from local import template as templates
from local.aws import Substitutes, efs, states
from local.aws.invoker import FunctionError
from local.deploy import Stack, deploy
from local.dns import DnsServer
from local.tasks import Tasks
from swiftcache.access.identity import Caller, Role
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.items import instance_of
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.model import DEFAULT_LIMITS
from swiftcache.organizations.service import create_organization
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.items import instance_key, organization_key
from swiftcache.redis.connection import connect
from swiftcache.redis.wiring import credentials
from tests.expanded import expanded
from tests.fakes.injector import FakeInjector
from tests.samples import a_caller, a_lambda_context
from tests.schemas import complaints, type_of
from tests.statemachine.clock import FastClock, HurriedProcess
from tests.statemachine.injected import injected

ROOT = Path(__file__).parents[2]
DOMAIN = "swiftcache.test"

Answer = Callable[[], object]
Fault = Callable[[Answer], object]
"""What happens instead of a call: it may make the call, and may raise Failure."""


def fails(error: str) -> Fault:
    """The call does not happen."""

    def fault(_: Answer) -> object:
        raise Failure(error, "injected")

    return fault


def loses_reply(answer: Answer) -> object:
    """The call happens, but nobody hears its answer."""
    answer()
    raise Failure("States.Timeout", "injected")


def answers(change: Callable[[Any], object]) -> Fault:
    """The call happens, and its answer is changed."""
    return lambda answer: change(answer())


@dataclass
class Faults:
    """`planned` holds for each state what happens to its next calls; `happened` which did."""

    planned: dict[str, list[Fault]] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, state: str, *faults: Fault) -> None:
        with self.lock:
            self.planned[state] = list(faults)

    def take(self, state: str) -> Fault | None:
        with self.lock:
            left = self.planned.get(state)
            if not left:
                return None
            self.happened.append(state)
            return left.pop(0)


class Cloud:
    """The running service. Instances belong to `caller`."""

    def __init__(
        self, home: Path, template: templates.Template | None = None, parameters: Mapping[str, str] | None = None
    ) -> None:
        """`template` is deployed instead of template.yaml, with these parameters besides those that it must have."""
        self.template = template or expanded()
        self._parameters = parameters or {}
        self.faults = Faults()
        self.home = home
        self._ending = ExitStack()
        patch = self._ending.enter_context(pytest.MonkeyPatch.context())
        self._substitutes = Substitutes(home, lambda function, payload: self.invoke(function, payload))
        self._substitutes.start()
        self._ending.callback(self._substitutes.stop)
        self.client = self._substitutes.client
        self.unpublished: list[str] = []
        """What any event said against its published schema, or beyond it."""
        self.client("events").meta.events.register("provide-client-params.events.PutEvents", self._check_events)
        faults = self.faults

        class FaultyTasks(Tasks):
            def __call__(self, call: Call) -> object:
                fault = faults.take(call.state)
                return fault(lambda: super(FaultyTasks, self).__call__(call)) if fault else super().__call__(call)

        patch.setattr(states, "Tasks", FaultyTasks)
        patch.setattr("local.machine.RealClock", FastClock)
        patch.setattr("local.aws.fargate.ContainerProcess", HurriedProcess)
        issued = certificates.load_or_create(home, f"*.redis.{DOMAIN}")
        self.ca_file = issued.ca_file
        patch.setenv("SSL_CERT_FILE", str(issued.ca_file))
        self._resolve(patch)
        self.stack = self._deploy(issued)
        for function in self.stack.functions.values():
            for name, value in function.environment.items():
                patch.setenv(name, value)
        patch.setenv("POWERTOOLS_LOG_LEVEL", "CRITICAL")
        self.injector = FakeInjector(os.environ, injected(self.client, self._substitutes.endpoint_url))
        self.caller = self._organization()

    def close(self) -> None:
        self._ending.close()

    def create(self, persistence: bool = False) -> str:
        """A new instance's id; its provisioning has begun."""
        new = NewInstance(self.caller.organization_id, "tested", MIN_MEMORY, "eu-central", persistence=persistence)
        return (
            instance_service(self.injector).create(replace(self.caller, request_id="request-create"), new).instance.id
        )

    def ask_for_resize(self, instance_id: str, max_memory: int, settings: Mapping[str, int] | None = None) -> str:
        """The change's id; a new task is to take over, with these of its settings changed."""
        caller = replace(self.caller, request_id="request-resize")
        request = ChangeRequest(max_memory=max_memory, allow_eviction=True, settings=settings or {})
        change = change_service(self.injector).change(caller, instance_id, request).change
        assert change
        assert change.kind is ChangeKind.REPLACE
        return change.id

    @contextmanager
    def redis(self, instance_id: str) -> "Iterator[redis.Redis]":
        """A connection to whichever task serves, as the control user: it may reach `swiftcache:verify:*`."""
        instance = self.find(instance_id)
        assert instance
        assert instance.endpoint
        assert instance.hostname
        password = credentials(self.injector).control_password(instance_id)
        with connect(instance.endpoint, instance.hostname, password) as client:
            yield client

    def only(self) -> str:
        """The id of the only instance."""
        [instance] = instances(self.injector).page(self.caller.organization_id, 2, None).instances
        return instance.id

    def ids(self) -> set[str]:
        """Of the organization's instances."""
        return {found.id for found in instances(self.injector).page(self.caller.organization_id, 100, None).instances}

    def delete(self, instance_id: str) -> None:
        instance_service(self.injector).delete(replace(self.caller, request_id="request-delete"), instance_id)

    def find(self, instance_id: str) -> Instance | None:
        """Without a request: tests look again and again."""
        key = instance_key(self.caller.organization_id, instance_id)
        item = self._substitutes.item(self.stack.outputs["TableName"], key)
        return instance_of(item) if item else None

    def changing(self, instance_id: str) -> bool:
        """Whether a change of the instance is under way."""
        instance = self.find(instance_id)
        return instance is not None and instance.changing

    def wait(self, instance_id: str, *statuses: str, seconds: float = 20) -> Instance | None:
        """The instance as soon as it has one of these statuses; None once it is gone, if GONE is one of them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            instance = self.find(instance_id)
            if (instance.status.value if instance else "GONE") in statuses:
                return instance
            time.sleep(0.005)
        raise AssertionError(f"{instance_id} is {self.find(instance_id)} after {seconds} s: {self.ended()}")

    def quiet(self, seconds: float = 20) -> None:
        """Waits until no execution runs."""
        end = time.monotonic() + seconds
        while running := self.running():
            assert time.monotonic() < end, running
            time.sleep(0.005)

    def ended(self, instance_id: str = "") -> list[tuple[str, str, str | None]]:
        """Name, status and error of every execution."""
        found = [(one, one.outcome) for one in self._substitutes.executions() if instance_id in one.identity.name]
        return [
            (one.identity.name, outcome.status if outcome else "RUNNING", outcome.error if outcome else None)
            for one, outcome in found
        ]

    def running(self) -> list[str]:
        """The names of the executions that run."""
        return [found.identity.name for found in self._substitutes.executions() if found.status == "RUNNING"]

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Collects the operations of AWS that this thread calls."""
        made: list[str] = []
        thread = threading.get_ident()

        def note(model: Any, **_: Any) -> None:
            if threading.get_ident() == thread:
                made.append(model.name)

        services = ("dynamodb", "stepfunctions", "secretsmanager", "events", "kms", "lambda", "ecs", "route53")
        clients = [self.client(service) for service in services]
        for client in clients:
            client.meta.events.register("before-call", note)
        try:
            yield made
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", note)

    def tasks(self, instance_id: str) -> list[str]:
        """The ARNs of its tasks that run, whether they were started by its id or are of its family."""
        ecs, cluster = self.client("ecs"), self.stack.outputs["ClusterName"]
        started = ecs.list_tasks(cluster=cluster, startedBy=instance_id)["taskArns"]
        family = ecs.list_tasks(cluster=cluster, family=f"swiftcache-{instance_id}")["taskArns"]
        return list(dict.fromkeys([*started, *family]))

    def left(self, instance_id: str) -> dict[str, list[str]]:
        """Everything of an instance that is still there, except its record. Empty when nothing is."""
        ecs = self.client("ecs")
        family = f"swiftcache-{instance_id}"
        secrets = self.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
        label = instance_id.removeprefix("inst_")
        found = {
            "tasks": self.tasks(instance_id),
            "definitions": [
                arn
                for status in ("ACTIVE", "INACTIVE")
                for arn in ecs.list_task_definitions(familyPrefix=family, status=status)["taskDefinitionArns"]
            ],
            "secrets": [secret["Name"] for secret in secrets if instance_id in secret["Name"]],
            "records": [record.name for record in self._substitutes.records() if record.name.startswith(label)],
            "volumes": [name for name, path in efs.paths().items() if path == f"/instances/{instance_id}"],
            "folders": self.folders(instance_id),
            "groups": self.groups(instance_id),
        }
        return {kind: names for kind, names in found.items() if names}

    def groups(self, instance_id: str) -> list[str]:
        """The ids of its own security groups."""
        named = [{"Name": "group-name", "Values": [f"swiftcache-{instance_id}"]}]
        found = self.client("ec2").describe_security_groups(Filters=named)["SecurityGroups"]
        return [group["GroupId"] for group in found]

    def items(self) -> list[dict[str, Any]]:
        """All items of the table."""
        return self._substitutes.items(self.stack.outputs["TableName"])

    def processes(self) -> list[str]:
        """The processes of redis-server that run, each by the id of its task."""
        return [record.stem for record in (self._substitutes.home / "tasks").glob("*.process")]

    def volume(self, instance_id: str) -> Path:
        """Where the files of an instance's volume are."""
        return self._substitutes.volumes.folder("/instances") / instance_id

    def folders(self, instance_id: str) -> list[str]:
        """What is on its volume; with `.` for the volume itself."""
        volume = self.volume(instance_id)
        return [".", *sorted(entry.name for entry in volume.iterdir())] if volume.exists() else []

    def addresses(self, instance_id: str) -> tuple[str, ...]:
        """Where the instance's name leads."""
        label = instance_id.removeprefix("inst_")
        [record] = [record for record in self._substitutes.records() if record.name.startswith(label)]
        return record.addresses

    def texts(self) -> dict[str, tuple[str, ...]]:
        """The TXT records of the zone."""
        return {text.name: text.values for text in self._substitutes.texts()}

    def memory_used(self) -> int:
        """What the organization's instances take of its limit, in bytes."""
        return self._used("memoryLimit", "memoryLeft")

    def count(self) -> int:
        """The organization's count of instances."""
        return self._used("instanceLimit", "instancesLeft")

    def _used(self, limit: str, left: str) -> int:
        key = organization_key(self.caller.organization_id)
        item = self.client("dynamodb").get_item(TableName=self.stack.outputs["TableName"], Key=key)["Item"]
        return int(item[limit]["N"]) - int(item[left]["N"])

    def invoke(self, function: str, payload: object) -> object:
        """Calls a function by its name or ARN, in this process, with and for JSON."""
        name, _, qualifier = function.split(":function:")[-1].partition(":")
        deployed = next(found for found in self.stack.functions.values() if found.name == name)
        handler = importlib.import_module(f"functions.{deployed.function.folder.name}.app").handler
        try:
            context = a_lambda_context(name, deployed.function.timeout, qualifier, str(uuid.uuid4()))
            return json.loads(json.dumps(handler(json.loads(json.dumps(payload)), context, self.injector)))
        except Exception as error:
            raise FunctionError(type(error).__name__, str(error)) from error

    def emit(self, source: str, detail_type: str, detail: dict[str, Any]) -> None:
        """Has AWS put an event on the default bus."""
        self._substitutes.events.emit(source, detail_type, [], detail)

    def _check_events(self, params: dict[str, Any], **_: Any) -> None:
        for put in params["Entries"]:
            detail = json.loads(put["Detail"])
            self.unpublished += complaints(type_of(put["Source"], detail), detail)

    def _deploy(self, issued: certificates.Certificates) -> Stack:
        zone = self.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN)
        secret = self.client("secretsmanager").create_secret(Name="certificate", SecretString=issued.secret())
        return deploy(
            self.template,
            self.client,
            {
                "DomainName": DOMAIN,
                "HostedZoneId": zone["HostedZone"]["Id"].rpartition("/")[2],
                "CertificateSecretArn": secret["ARN"],
                **engines.images(),
                "WebhookNetworks": "127.0.0.0/8",
                **self._parameters,
            },
            self._substitutes.volumes,
        )

    def _resolve(self, patch: pytest.MonkeyPatch) -> None:
        server = DnsServer(DOMAIN, self._substitutes.records, port=0, texts=self._substitutes.texts)
        server.start()
        self.dns = server.address
        self._ending.callback(server.stop)
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [server.address[0]], server.address[1]
        system = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
            if isinstance(host, str) and host.endswith(DOMAIN):
                try:
                    hosts = [address.to_text() for address in resolver.resolve(host, "A")]
                except dns.resolver.NXDOMAIN as error:
                    raise socket.gaierror(socket.EAI_NONAME, "not known") from error
                return [found for host in hosts for found in system(host, *arguments, **named)]
            return system(host, *arguments, **named)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)

    def _organization(self) -> Caller:
        created = create_organization(
            accounts(self.injector), a_caller(), "Tested", DEFAULT_LIMITS, Role.OWNER, datetime.now(UTC)
        )
        owner = created.organization.id
        return a_caller(organization_id=owner, key_id=created.key.id, member_id=created.owner.id)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Raises AssertionError if the condition does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not true after {seconds} s"
        time.sleep(0.005)


def running(
    home: Path, template: templates.Template | None = None, parameters: Mapping[str, str] | None = None
) -> Iterator[Cloud]:
    """For a fixture."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    cloud = Cloud(home, template, parameters)
    try:
        yield cloud
    finally:
        cloud.close()


@contextmanager
def left_as_found(cloud: Cloud) -> Iterator[None]:
    """For one test, which begins without planned faults, and must leave no instance and no event outside its schema.

    What it leaves all the same is deleted: it is one test that failed, and not each that counts after it.
    """
    cloud.faults.planned.clear()
    cloud.faults.happened.clear()
    before, spared = cloud.count(), cloud.ids()
    yield
    cloud.faults.planned.clear()
    cloud.quiet()
    left, unpublished = cloud.count() - before, cloud.unpublished[:]
    for instance_id in cloud.ids() - spared:
        cloud.delete(instance_id)
        cloud.wait(instance_id, "GONE")
    cloud.unpublished.clear()
    assert left == 0, "the test left an instance"
    assert unpublished == []
