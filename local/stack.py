"""The local stack as a whole: starts every part in the order that is fastest, and stops what was started."""

import gc
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from local import engines
from local import template as templates
from local.errors import StartupError
from local.function_process import preload, unload
from local.home import Home
from local.leftovers import end_leftovers
from local.watchdog import Watchdog

if TYPE_CHECKING:
    from local.aws import Substitutes
    from local.certificates import Certificates
    from local.deploy import Client, Stack
    from local.lambda_host import LambdaHost
    from local.networks.vpc import Vpc
    from local.template import Template
    from swiftcache.organizations.first_key import FirstKey

DOMAIN = "swiftcache.test"
"""Reserved for tests: no resolver of a network knows it."""

NO_IMAGE = "no-image@sha256:" + "0" * 64
"""A task runs this machine's redis-server, and no image is pulled."""

ROUTE53_REQUESTS_PER_SECOND = "50"
"""Where there are no quotas: the template allows no more than AWS does, and creations would wait for nothing."""

_ROOT = Path(__file__).parent.parent


LOOPBACK = "127.0.0.0/8"
"""Where clients come from when all is on one network."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The networks around a private one: this machine's, whose clients are let in, and a stranger's address, with the
    namespace in which to start what is to come from there."""

    clients: str
    stranger: str
    stranger_network: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a stack listens, and the organization that was made in it."""

    api_url: str
    organization_id: str
    token: str
    ca_file: Path
    dns: str
    aws_endpoint_url: str
    apart: Apart | None
    """None where all is on one network."""

    @property
    def console_url(self) -> str:
        """The web page."""
        return f"{self.api_url}/console"


class LocalStack:
    """Everything that `make run` runs. Enter it to start; leaving it stops all, also after a failed start."""

    def __init__(
        self,
        home: Path,
        port: int,
        parameters: Mapping[str, str],
        report: Callable[[str], None],
        aws_limits: bool = False,
        containers: str = "",
        private: bool = False,
    ) -> None:
        """`parameters` are of the template, besides those that are the same in every local stack. `report` gets a line
        for each step of the start.

        With `aws_limits` the substitutes have AWS's quotas. With `containers`, an address of this machine, they listen
        there too, and what SAM needs is in the home's `sam`. In a `private` network strangers are kept out, if this
        machine can do that, and else `report` is told.
        """
        self.home = Home(home)
        self._port = port
        self._parameters = parameters
        self._report = report
        self._aws_limits = aws_limits
        self._containers = containers
        self._private = private
        self._started = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

    def start(self) -> Address:
        """Starts all parts and returns when the API answers. Raises StartupError."""
        self.home.acquire()
        self._started.callback(self.home.release)
        watchdog = Watchdog(self._clean)
        watchdog.start()
        self._started.callback(watchdog.stop)
        self._started.callback(unload)
        # A third of the start would go into searching what was just imported for garbage.
        gc.disable()
        try:
            return self._start()
        finally:
            gc.freeze()
            gc.enable()

    def _clean(self) -> None:
        end_leftovers(self.home.tasks)
        self.home.withdraw()

    def _start(self) -> Address:
        # Two things take a second each and need none of our own imports: they run beside those.
        background = ThreadPoolExecutor(1)
        self._started.callback(background.shutdown, wait=False)
        template = background.submit(templates.read_beside, _ROOT / "template.yaml")
        preload()
        return self._start_parts(template)

    def _start_parts(self, expanding: "Future[Template]") -> Address:
        # Imported here, beside the background work: these take a second or two together.
        from local.gateway import Gateway

        gateway = Gateway(self._port)
        self._started.callback(gateway.stop)
        self._report("loading the AWS substitutes")
        from local import certificates
        from local.aws import Substitutes
        from local.cors import configured
        from local.deploy import deploy
        from local.dns import DnsServer
        from local.lambda_host import LambdaHost

        host = LambdaHost()
        host.start()
        self._started.callback(host.stop)
        vpc = self._begin_network()
        substitutes = Substitutes(self.home.path, host.invoke, limits=self._aws_limits, vpc=vpc)
        substitutes.start()
        self._started.callback(substitutes.stop)
        dns = DnsServer(DOMAIN, substitutes.records, texts=substitutes.texts)
        dns.start()
        self._started.callback(dns.stop)

        issued = certificates.load_or_create(self.home.path, f"*.redis.{DOMAIN}")
        template = expanding.result()
        self._report("deploying template.yaml")
        parameters = {**_parameters(substitutes.client, issued), **self._network_parameters(vpc), **self._parameters}
        stack = deploy(template, substitutes.client, parameters, substitutes.volumes)
        if not self._aws_limits:
            writer = stack.functions["WriteRecordsFunction"]
            writer.environment["ROUTE53_REQUESTS_PER_SECOND"] = ROUTE53_REQUESTS_PER_SECOND
        # The address of the API, which moto does not make.
        stack.functions["ApplyDeclarationFunction"].environment["API_URL"] = gateway.url
        self._report("starting the functions")
        warm = self._deploy_functions(host, stack, issued, substitutes, dns.address, vpc)
        first = _first_key(substitutes.client, stack)
        warm.result()
        gateway.start(
            template.routes,
            lambda function, event: host.submit(stack.functions[function].name, event),
            cors=configured(template, parameters),
        )
        if self._containers:
            self._write_for_sam(template, stack, substitutes, first)
        if self._parameters["WarmPool"]:
            # From now on, beside whatever else happens: the schedule would begin in a minute.
            host.submit(stack.functions["KeepPoolFunction"].name, b"{}")
        return Address(
            api_url=gateway.url,
            organization_id=first.organization_id,
            token=first.token,
            ca_file=issued.ca_file,
            dns=f"{dns.address[0]}:{dns.address[1]}",
            aws_endpoint_url=substitutes.endpoint_url,
            apart=Apart(str(vpc.clients), str(vpc.stranger_address), vpc.stranger.path) if vpc else None,
        )

    def _begin_network(self) -> "Vpc | None":
        if not self._private:
            return None
        from local.networks.vpc import NotPossibleError, Vpc

        try:
            vpc = Vpc()
        except NotPossibleError as reason:
            self._report(f"NETWORK=private, but strangers are not kept out here: {reason}")
            return None
        self._started.callback(vpc.close)
        return vpc

    def _network_parameters(self, vpc: "Vpc | None") -> dict[str, str]:
        if not self._private:
            return {}
        return {"NetworkMode": "private", "ClientCidrs": str(vpc.clients) if vpc else LOOPBACK}

    def _deploy_functions(
        self,
        host: "LambdaHost",
        stack: "Stack",
        issued: "Certificates",
        substitutes: "Substitutes",
        dns: tuple[str, int],
        vpc: "Vpc | None",
    ) -> Future[None]:
        from local.dns import DnsServer
        from local.lambda_host import Surroundings

        endpoint_url = substitutes.endpoint_url
        if vpc:
            # One address for all: a link that one function signs is followed by another, or by a task.
            endpoint_url = substitutes.listen_at(str(vpc.address), vpc.entered())
            with vpc.entered():
                inside = DnsServer(DOMAIN, substitutes.records, texts=substitutes.texts, host=str(vpc.address))
            inside.start()
            self._started.callback(inside.stop)
            dns = inside.address
        surroundings = Surroundings(endpoint_url, issued.ca_file, dns, self.home.logs)
        host.deploy(stack.functions.values(), surroundings, substitutes.attach_functions)
        return host.warm()

    def _write_for_sam(
        self, template: "Template", stack: "Stack", substitutes: "Substitutes", first: "FirstKey"
    ) -> None:
        from local.sam import files

        self._report("making what SAM invokes")
        try:
            endpoint_url = substitutes.listen_at(self._containers)
        except OSError as error:
            raise StartupError(
                f"CONTAINERS={self._containers}: nothing can listen there ({error.strerror}); "
                "`ip -4 address` lists this machine's addresses, Docker's is that of docker0"
            ) from error
        running = files.Running(endpoint_url, first.organization_id, first.token)
        files.write(self.home.sam, template, stack.functions, running, _ROOT / "events", self.home.path / "layers")

    def announce(self, address: Address, shell: str, program: str) -> None:
        """Writes `local.json`, `env` with these lines for a shell, and `bin/swiftcache` with this program.

        They are there exactly while the stack is up.
        """
        self.home.announce(
            {
                "apiUrl": address.api_url,
                "organizationId": address.organization_id,
                "token": address.token,
                "caFile": str(address.ca_file),
                "dns": address.dns,
                "awsEndpointUrl": address.aws_endpoint_url,
                "consoleUrl": address.console_url,
                "pid": os.getpid(),
                **_networks(address.apart),
            },
            shell,
            program,
        )


def _networks(apart: Apart | None) -> dict[str, str]:
    if apart is None:
        return {}
    return {"clients": apart.clients, "stranger": apart.stranger, "strangerNetwork": apart.stranger_network}


def _parameters(client: "Client", issued: "Certificates") -> dict[str, str]:
    """What a platform engineer has before the first deployment: a hosted zone and a certificate."""
    zone = client("route53").create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN)
    certificate = client("secretsmanager").create_secret(Name="swiftcache-certificate", SecretString=issued.secret())
    return {
        "DomainName": DOMAIN,
        "HostedZoneId": zone["HostedZone"]["Id"].rpartition("/")[2],
        "CertificateSecretArn": certificate["ARN"],
        **engines.images(),
        "WebhookNetworks": "127.0.0.0/8",
    }


def _first_key(client: "Client", stack: "Stack") -> "FirstKey":
    from swiftcache.organizations import first_key
    from swiftcache.organizations.table import DynamoDBAccounts

    return first_key.create(DynamoDBAccounts(client("dynamodb"), stack.outputs["TableName"]), "Local")
