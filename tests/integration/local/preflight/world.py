"""An account for preflight to look at: moto's, and answers written down where moto has no such operation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from local.preflight.asking import Clients
from local.preflight.checks import CHECKS
from local.preflight.lines import Line
from local.preflight.plan import Plan
from local.preflight.table import rows
from local.template import Template

REGION = "eu-central-1"
ACCOUNT = "123456789012"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DOMAIN = "example.com"
DIGEST = "sha256:" + "a" * 64


class World:
    """Calls give clients, as preflight wants them. What is `stubbed` answers what it was told to, once each."""

    def __init__(self, template: Template, made: dict[tuple[str, str], Any]) -> None:
        """`made` keeps the clients of moto's account from test to test: making one takes a tenth of a second."""
        self._made = made
        self._stubbed: dict[str, Any] = {}
        self.plan = Plan(
            "swiftcache",
            REGION,
            {"DomainName": DOMAIN, "RedisImage": f"redis@{DIGEST}"},
            template,
            NOW,
            account=ACCOUNT,
        )

    def __call__(self, service: str, region: str | None = None) -> Any:
        return self._stubbed.get(service) or self.aws(service, region or REGION)

    def aws(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self._made:
            self._made[service, region] = _client(service, region)
        return self._made[service, region]

    def stubbed(self, service: str) -> Stubber:
        client = _client(service, REGION)
        self._stubbed[service] = client
        stubber = Stubber(client)
        stubber.activate()
        return stubber

    def given(self, **parameters: str) -> None:
        """Parameters beside, or in place of, those that are in order."""
        self.plan = replace(self.plan, given={**self.plan.given, **parameters})

    def planned(self, **changes: Any) -> None:
        self.plan = replace(self.plan, **changes)

    def look(self, look: Callable[[Clients, Plan], Iterable[Line]]) -> str:
        return shown(look(self, self.plan))

    def check(self, subject: str) -> str:
        """As the command runs it: also where AWS does not answer."""
        [found] = [check for check in CHECKS if check.subject == subject]
        return shown(found.lines(self, self.plan))

    def zone(self, name: str = DOMAIN, **more: Any) -> str:
        """A hosted zone; its id."""
        made = self.aws("route53").create_hosted_zone(Name=name, CallerReference=name, **more)
        return str(made["HostedZone"]["Id"]).rpartition("/")[2]

    def record(self, zone: str, **record: Any) -> None:
        change = {"Action": "UPSERT", "ResourceRecordSet": record}
        self.aws("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


def _client(service: str, region: str) -> Any:
    make: Any = boto3.client  # typed for names known beforehand
    return make(service, region_name=region)


def shown(lines: Iterable[Line]) -> str:
    """The rows that a person sees, without heading and count."""
    return "\n".join(rows(list(lines)))


def values(*names: str) -> list[Mapping[str, str]]:
    return [{"Value": name} for name in names]
