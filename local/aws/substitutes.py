"""One object that starts, serves and stops all AWS substitutes of a local stack."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict

from local.aws import events
from local.aws.clients import Clients
from local.aws.deliveries import Deliveries
from local.aws.dispatch import ACCOUNT, REGION, Dispatcher
from local.aws.events import Events
from local.aws.functions import Functions
from local.aws.http import Endpoint
from local.aws.invoker import Invoker
from local.aws.schedules import Schedules
from local.aws.streams import Streams
from local.aws.throttling import Throttle
from local.aws.volumes import Volumes
from local.leftovers import end_leftovers

if TYPE_CHECKING:
    from local.aws.ecs import Ecs
    from local.aws.execution import Execution
    from local.aws.route53 import Record, Text
    from local.aws.states import States

EXTENDED = ("awslambda", "dynamodb", "ecs", "efs", "events", "route53", "s3", "stepfunctions")
"""The services, by moto's names, whose models this changes before their first use."""


class Substitutes:
    """AWS as far as the template needs it: in this process, and over HTTP for others.

    `home` is the stack's folder: tasks run in `home/tasks`, and volumes are in `home/volumes`. `invoke` runs Lambda
    functions. `port` is the HTTP port on 127.0.0.1; 0 takes a free one. With `limits` they refuse what is beyond AWS's
    quotas. Region eu-central-1, account 123456789012, any credentials.
    Start and stop it once. One at a time can be started in a process, as moto's state is global.
    """

    _one_at_a_time = threading.Lock()

    def __init__(self, home: Path, invoke: Invoker, port: int = 0, limits: bool = False) -> None:
        self.home = home
        self._tasks_folder = home.absolute() / "tasks"
        self.volumes = Volumes(home.absolute() / "volumes")
        """What is behind the access points of file systems. moto keeps nothing, so neither do they."""
        self._invoke = invoke
        self._port = port
        self._patches = ExitStack()
        self._extended: set[str] = set()
        self._dispatcher = Dispatcher(self._extend, Throttle(time.monotonic) if limits else None)
        self.client: Callable[[str], Any] = Clients(self._dispatcher)
        """The boto3 client of a service by name, without HTTP; made once, to be shared by threads."""
        self._deliveries = Deliveries()
        self._streams = Streams(invoke)
        self.events = Events(self._dispatcher, self.client, invoke, self._deliveries)
        self._schedules = Schedules(self.events)
        self._states: States | None = None
        self._ecs: Ecs | None = None
        self._endpoint: Endpoint | None = None
        self._for_containers: Endpoint | None = None

    def start(self) -> None:
        """Begin with no resources, end what a killed stack of the same home left running, and listen.

        Raises OSError when the port is taken, RuntimeError when another one is started in this process.
        """
        if not self._one_at_a_time.acquire(blocking=False):
            raise RuntimeError("other substitutes are started in this process: stop them first")
        try:
            self._endpoint = Endpoint(self._dispatcher, self._port)
        except OSError:
            self._one_at_a_time.release()
            raise
        BackendDict.reset()
        end_leftovers(self._tasks_folder)
        self.volumes.clear()
        Functions(self._dispatcher, self._invoke, self._deliveries)
        self._schedules.start()

    def listen_for_containers(self, host: str) -> str:
        """Listens at another address of this machine too; what containers call it. Raises OSError if it cannot."""
        self._for_containers = Endpoint(self._dispatcher, 0, host)
        return self._for_containers.url

    def stop(self) -> None:
        """End every execution, delivery and task process; safe to call twice."""
        if self._endpoint is None:
            return
        self._schedules.stop()
        self._deliveries.stop()
        self._streams.stop()
        if self._states is not None:
            self._states.close()
        if self._ecs is not None:
            self._ecs.close()
        self.volumes.clear()
        for endpoint in filter(None, (self._endpoint, self._for_containers)):
            endpoint.close()
        self._endpoint = self._for_containers = None
        self._patches.close()
        BackendDict.reset()
        self._one_at_a_time.release()

    @property
    def endpoint_url(self) -> str:
        """`http://127.0.0.1:<port>`, for boto3 in other processes and `aws --endpoint-url`."""
        assert self._endpoint is not None, "start() first"
        return self._endpoint.url

    def records(self) -> list[Record]:
        """The A records of all hosted zones at this moment, for a DNS server to answer from."""
        from local.aws import route53

        return route53.records()

    def texts(self) -> list[Text]:
        """The TXT records, likewise."""
        from local.aws import route53

        return route53.texts()

    def executions(self) -> list[Execution]:
        """The executions of all state machines at this moment, the newest first."""
        return [] if self._states is None else self._states.executions()

    def item(self, table: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The item of a key, the partition's first, at this moment, as GetItem gives it, but without a request."""
        from moto.dynamodb.models import dynamodb_backends
        from moto.dynamodb.models.dynamo_type import DynamoType

        hash_key, *range_key = map(DynamoType, key.values())
        with self._dispatcher.lock("dynamodb"):
            found = dynamodb_backends[ACCOUNT][REGION].get_table(table).get_item(hash_key, next(iter(range_key), None))
            return found.to_json()["Attributes"] if found else None

    def items(self, table: str) -> list[dict[str, Any]]:
        """The items of a table at this moment, as a Scan gives them, but without the cost of a request."""
        from moto.dynamodb.models import dynamodb_backends

        with self._dispatcher.lock("dynamodb"):
            found = dynamodb_backends[ACCOUNT][REGION].get_table(table).all_items()
            return [item.to_json()["Attributes"] for item in found]

    def _extend(self, service: str) -> None:
        """Extend a service of moto before its first use. CloudFormation uses all of them."""
        for name in EXTENDED if service == "cloudformation" else (service,):
            if name in EXTENDED and name not in self._extended:
                self._extended.add(name)
                getattr(self, f"_extend_{name}")()

    def _extend_awslambda(self) -> None:
        self._streams.extend(self._patches)

    def _extend_dynamodb(self) -> None:
        from local.aws import shortcuts, transactions

        shortcuts.extend(self._patches)
        transactions.extend(self._patches, self._streams)

    def _extend_ecs(self) -> None:
        from local.aws import efs, task_definitions
        from local.aws import network as networks
        from local.aws.ecs import Ecs
        from local.aws.fargate import Fargate

        networks.extend(self._patches)
        task_definitions.extend(self._patches)
        network = networks.Network(self._dispatcher)
        fargate = Fargate(self._tasks_folder, self.client, network, self.events, self.volumes, efs.paths)
        self._ecs = Ecs(self._dispatcher, network, fargate)

    def _extend_efs(self) -> None:
        from local.aws import efs

        efs.extend(self._patches)

    def _extend_events(self) -> None:
        events.extend(self._patches)

    def _extend_route53(self) -> None:
        from local.aws import route53

        route53.extend(self._patches)

    def _extend_s3(self) -> None:
        from local.aws import s3

        s3.extend(self._patches, self.events.emit)

    def _extend_stepfunctions(self) -> None:
        from local.aws import definitions
        from local.aws.states import States

        definitions.extend(self._patches)
        self._states = States(self._dispatcher, self.client, self._invoke, self.events)
