"""The API function, called with API Gateway's events, on fakes of the world."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api import app as api
from swiftcache.access.rate_limiter import Rates
from swiftcache.access.wiring import rates
from swiftcache.api.routes import ACCESS, HEADS
from swiftcache.backups.final import DeletionSettler, FinalBackupService
from swiftcache.backups.final_wiring import undelete_service
from swiftcache.backups.plan import RestorePlanner
from swiftcache.backups.proof_wiring import restore_planner
from swiftcache.backups.restoring import BackupRestores
from swiftcache.backups.undelete import UndeleteService
from swiftcache.engines.wiring import engine_offers
from swiftcache.fleet.overview import OverviewService
from swiftcache.fleet.overview_wiring import overview_service
from swiftcache.instances.long_poll import LongPoll
from swiftcache.instances.service import InstanceService
from swiftcache.instances.wiring import instance_service, long_poll
from swiftcache.organizations.account_keys import AccountKeyService
from swiftcache.organizations.audit_log import AuditService
from swiftcache.organizations.members import MemberService
from swiftcache.organizations.service import OrganizationService
from swiftcache.organizations.wiring import (
    account_key_service,
    accounts,
    audit_service,
    member_service,
    organization_service,
)
from swiftcache.platform.aws import now
from swiftcache.platform.injector import Injector
from swiftcache.platform.network import makes_private_tasks
from swiftcache.pool.claims import WarmPool
from swiftcache.rollouts.service import RolloutService
from swiftcache.rollouts.wiring import rollout_service
from swiftcache.sessions.wiring import sessions
from swiftcache.timeline.service import TimelineService
from swiftcache.timeline.wiring import timeline_service
from tests.fakes.backups import FakeBackups, FakeBackupStarter
from tests.fakes.clock import FakeClock
from tests.fakes.final import FakeFinalBackupRecord
from tests.fakes.fleet import FakeReconcileCheckpoints
from tests.fakes.injector import FakeInjector
from tests.fakes.instances import FakeInstances, FakeReceipts
from tests.fakes.organizations import FakeAccounts, FakeAuditLog
from tests.fakes.pool import FakeReadyMembers
from tests.fakes.pool_record import FakePoolRecord
from tests.fakes.proofs import FakeEngines
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.rate_counters import FakeCounts
from tests.fakes.rollouts import FakeRollouts
from tests.fakes.sessions import FakeSessions
from tests.fakes.timeline import FakeCreations, FakeHistories
from tests.samples import DOMAIN, NOW, OFFERS, an_account, an_entry, an_instance

EVENTS = Path(__file__).parents[1] / "events"
TOKEN = "sk_live_00000000000000000000000000000000"
ORGANIZATION = "org_123"
INSTANCE = "inst_abc123xyz"


class Context(LambdaContext):
    def __init__(self) -> None:
        self._function_name = "api"
        self._memory_limit_in_mb = 1024
        self._invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:api"
        self._aws_request_id = "lambda-request"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


class Answer:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["statusCode"]
        headers = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.cookies: list[str] = answer.get("cookies", [])
        self.text: str = answer["body"]
        is_json = "json" in str(self.headers.get("content-type", ""))
        self.body: dict[str, Any] = json.loads(answer["body"]) if answer["body"] and is_json else {}


def deliver(injector: Injector, name: str, path: str = "", method: str = "", **changes: Any) -> dict[str, Any]:
    """The answer to the sample event of this name: at another path, with another method, or changed otherwise."""
    event = json.loads((EVENTS / f"{name}.json").read_text())
    http = event["requestContext"]["http"]
    http["path"] = event["rawPath"] = path or event["rawPath"]
    http["method"] = method or http["method"]
    event["routeKey"] = route_key(http["method"], http["path"])
    headers = event["headers"] | changes.pop("headers", {})
    event["headers"] = {name: value for name, value in headers.items() if value is not None}
    if "queryStringParameters" in changes:
        event["rawQueryString"] = urlencode(changes["queryStringParameters"])
    return api.handler(event | changes, Context(), injector)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, TOKEN)
        self.sessions = FakeSessions()
        self.counts = FakeCounts()
        self.rates = Rates(lambda: self.counts)
        self.instances = FakeInstances(self.accounts)
        self.workflows = FakeWorkflows()
        self.backups = FakeBackups(self.accounts)
        self.engines = FakeEngines()
        restores = BackupRestores(self.backups, self.engines, OFFERS)
        pool = WarmPool((), lambda: FakeReadyMembers(self.instances))
        self.starter = FakeBackupStarter()
        record = FakeFinalBackupRecord(self.instances, self.backups)
        settler = DeletionSettler(self.instances, self.backups, record, lambda: NOW)
        self.service = InstanceService(
            self.instances,
            self.workflows,
            pool,
            restores,
            FinalBackupService(self.instances, record, self.starter, settler, lambda: NOW),
            OFFERS,
            DOMAIN,
            lambda: NOW,
        )
        self.undeletions = UndeleteService(self.instances, self.backups, record, self.workflows, lambda: NOW)
        self.receipts = FakeReceipts(self.instances)
        self.creations = FakeCreations()
        self.histories = FakeHistories()
        self.timelines = TimelineService(
            self.instances, self.histories, self.creations, self.receipts, self.backups, lambda: NOW
        )
        self.clock = FakeClock()
        self.long_poll = LongPoll(
            self.instances, self.instances, self.receipts, self.rates, lambda: NOW, self.clock.now, self.clock.sleep
        )
        self.audit = FakeAuditLog(self.accounts)
        self.rollouts = FakeRollouts()
        self.injector = FakeInjector(
            given={
                now: lambda: NOW,
                engine_offers: OFFERS,
                accounts: self.accounts,
                sessions: self.sessions,
                rates: self.rates,
                instance_service: self.service,
                makes_private_tasks: False,
                restore_planner: RestorePlanner(self.backups, self.engines, OFFERS, is_private=False),
                undelete_service: self.undeletions,
                long_poll: self.long_poll,
                timeline_service: self.timelines,
                organization_service: OrganizationService(self.accounts, lambda: NOW),
                member_service: MemberService(self.accounts, lambda: NOW),
                account_key_service: AccountKeyService(self.accounts, lambda: NOW),
                audit_service: AuditService(self.accounts, self.audit),
                rollout_service: RolloutService(self.rollouts, lambda: NOW),
                overview_service: OverviewService(FakeReconcileCheckpoints(), FakePoolRecord(self.instances), ()),
            }
        )

    def send(self, name: str, path: str = "", method: str = "", **changes: Any) -> Answer:
        """Sends the sample event of this name, at another path, with another method, or changed otherwise."""
        return Answer(self.raw(name, path, method, **changes))

    def raw(self, name: str, path: str = "", method: str = "", **changes: Any) -> dict[str, Any]:
        """The same, with the answer as API Gateway gets it."""
        return deliver(self.injector, name, path, method, **changes)

    def post(self, body: object, **changes: Any) -> Answer:
        return self.send("create_instance", body=body if isinstance(body, str) else json.dumps(body), **changes)

    def with_instance(self, **different: Any) -> None:
        self.instances.create(an_instance(id=INSTANCE, organization_id=ORGANIZATION, **different), an_entry())


def valid(**different: Any) -> dict[str, Any]:
    return {"organizationId": ORGANIZATION, "name": "my-redis", "maxMemory": 536870912, "region": "eu-central"} | (
        different
    )


def route_key(method: str, path: str) -> str:
    """The route that API Gateway takes this for: a fixed address goes before one with a parameter."""
    keys = sorted((*ACCESS, *HEADS), key=lambda key: key.count("{"))
    return next((key for key in keys if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", key), f"{method} {path}")), "$default")
