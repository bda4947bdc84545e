"""How long the building blocks of AWS take, as distributions: the assumptions of the model, each with its source.

None of them was measured by us. A stage is log-normal, as waiting times are: never below nothing, with a long tail. It
is given by what half of them take at most, and 95 of 100.
"""

import math
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_Z95 = 1.6448536269514722
"""The standard normal's 95th percentile."""


class Basis(StrEnum):
    """Where a stage's figures come from."""

    AWS = "AWS documentation"
    THIRD_PARTY = "third party"
    ESTIMATE = "our estimate"


@dataclass(frozen=True, slots=True)
class Stage:
    """One building block. Times are in seconds."""

    name: str
    p50: float
    p95: float
    basis: Basis
    source: str

    def __post_init__(self) -> None:
        if not 0 < self.p50 <= self.p95:
            raise ValueError(f"{self.name}: p50 must be above 0 and at most p95")

    def draw(self, rng: random.Random) -> float:
        """One such time. Seconds."""
        return self.p50 * math.exp(rng.gauss(0.0, 1.0) * math.log(self.p95 / self.p50) / _Z95)


INTERFACE = Stage(
    "RunTask to network interface",
    10.0,
    20.0,
    Basis.THIRD_PARTY,
    "about 10 s (qiita.com/kjm/items/a86c5a425c57439ecfa0); 11 s and, once, 44 s to the pull's beginning"
    " (github.com/opensearch-project/opensearch-migrations/pull/2116)",
)
PULL_AND_START = Stage(
    "network interface to RUNNING, image of 42 MB",
    25.0,
    45.0,
    Basis.THIRD_PARTY,
    "30-60 s from RunTask to RUNNING in all; consistently about 60 s with 250 MB, and nothing is cached"
    " (github.com/aws/containers-roadmap/issues/696), so 30 s and 0.12 s a MB, of which the interface is 10 s;"
    " redis:7.2-bookworm for ARM has about 42 MB",
)
PULL_AND_START_SMALL = Stage(
    "network interface to RUNNING, image of 15 MB",
    21.8,
    40.0,
    Basis.THIRD_PARTY,
    "by the same rule; redis:7.2-alpine for ARM has about 15 MB",
)
STOP = Stage(
    "StopTask to STOPPED",
    12.0,
    25.0,
    Basis.ESTIMATE,
    "SIGTERM ends Redis at once; the network interface goes as it came; services on Fargate advertise 10-30 s",
)
IN_SYNC = Stage(
    "Route 53 change to INSYNC",
    20.0,
    45.0,
    Basis.THIRD_PARTY,
    "generally within 60 s (docs.aws.amazon.com/Route53, API_ChangeResourceRecordSets); 10-30 s commonly"
    " (github.com/openshift/verification-tests/pull/1630), 20-40 s (github.com/saltstack/salt/issues/44947)",
)
TRANSITION = Stage(
    "Step Functions: from one state to the next",
    0.025,
    0.070,
    Basis.THIRD_PARTY,
    "a Standard workflow with one Lambda function takes 0.1-0.5 s"
    " (dev.to/cremich/aws-step-function-vs-aws-lambda-benchmark-4f41); shared out by us",
)
EXECUTION_START = Stage("StartExecution to its first state", 0.060, 0.200, Basis.ESTIMATE, "from the same benchmark")
INVOKE = Stage("Lambda, warm: on top of the handler", 0.015, 0.040, Basis.ESTIMATE, "the Invoke API within a region")
COLD_START = Stage(
    "Lambda, cold: on top of warm",
    0.9,
    1.6,
    Basis.ESTIMATE,
    "Python runtime 0.1 s (third party) and our imports, 0.4-0.5 s on a whole core, at 512 MB",
)
API_REQUEST = Stage("API request to StartExecution", 0.090, 0.250, Basis.ESTIMATE, "HTTP API, 5 calls to AWS")
API_COLD = Stage("API function, SnapStart restore", 0.5, 1.0, Basis.ESTIMATE, "AWS: sub-second with SnapStart")
STREAM = Stage("table's stream to its function", 0.25, 0.8, Basis.AWS, "Lambda polls each shard four times a second")
TASK_EVENT = Stage(
    "task stops to its event", 1.5, 5.0, Basis.ESTIMATE, "EventBridge: about half a second from the event"
)
EXECUTION_EVENT = Stage(
    "execution ends to its event", 0.5, 1.5, Basis.ESTIMATE, "EventBridge: about half a second from the event"
)
STATUS_EVENT = Stage(
    "a task's status to the state machine that waits for it",
    0.6,
    1.5,
    Basis.ESTIMATE,
    "EventBridge: about half a second from the event; one function, two calls",
)
TASK_STATUS = Stage(
    "a task's change to its event", 0.5, 1.5, Basis.ESTIMATE, "EventBridge: about half a second from the event"
)
RECORD_LOOK = Stage(
    "INSYNC to the state machine that waits for it",
    1.0,
    2.0,
    Basis.ESTIMATE,
    "the writer looks every 2 s at a batch that is on its way; more seldom the more there are",
)
FULL_SYNC = Stage(
    "full synchronization of a small Redis", 2.0, 5.0, Basis.ESTIMATE, "diskless, with repl-diskless-sync-delay"
)

CALLS = {
    "dynamodb": Stage("DynamoDB call", 0.006, 0.020, Basis.AWS, "single-digit milliseconds"),
    "ecs": Stage("ECS call", 0.080, 0.200, Basis.ESTIMATE, "a control plane's read"),
    "ec2": Stage("EC2 call", 0.150, 0.400, Basis.ESTIMATE, "DescribeNetworkInterfaces"),
    "route53": Stage("Route 53 call", 0.250, 0.600, Basis.ESTIMATE, "its control plane is in us-east-1"),
    "secretsmanager": Stage("Secrets Manager call", 0.040, 0.120, Basis.ESTIMATE, "a read or write with KMS"),
    "sfn": Stage("Step Functions call", 0.040, 0.100, Basis.ESTIMATE, "DescribeExecution"),
}
"""By the service of an SDK integration."""

RUN_TASK = Stage("ecs:RunTask", 0.6, 1.5, Basis.ESTIMATE, "it places the task before it answers")

WORK = {
    "RecordStatusFunction": Stage("one read or conditional write", 0.020, 0.060, Basis.ESTIMATE, "DynamoDB"),
    "IssueCredentialsFunction": Stage("IssueCredentials", 0.120, 0.300, Basis.ESTIMATE, "GetItem, CreateSecret"),
    "VerifyRedisFunction": Stage("VerifyRedis", 0.120, 0.350, Basis.ESTIMATE, "secret, DNS, TLS, 4 commands"),
    "ControlRedisFunction": Stage(
        "ControlRedis, a claim",
        0.300,
        0.700,
        Basis.ESTIMATE,
        "DynamoDB and secret twice, TLS twice, ACL and CONFIG, DNS, 4 commands",
    ),
    "ControlNetworkFunction": Stage("ControlNetwork", 0.600, 1.500, Basis.ESTIMATE, "DynamoDB twice, EC2 four times"),
    "ResizeInstanceFunction": Stage("ResizeInstance", 0.200, 0.600, Basis.ESTIMATE, "secret, both Redis"),
    "RepairInstanceFunction": Stage("RepairInstance", 0.060, 0.200, Basis.ESTIMATE, "DynamoDB, StartExecution"),
    "AwaitTaskFunction": Stage("AwaitTask", 0.020, 0.060, Basis.ESTIMATE, "DynamoDB twice"),
    "WatchTasksFunction": Stage("WatchTasks", 0.030, 0.080, Basis.ESTIMATE, "DynamoDB twice, SendTaskSuccess"),
    "WriteRecordsFunction": Stage("WriteRecords", 0.010, 0.030, Basis.ESTIMATE, "before its first request"),
    "ChangeRecordFunction": Stage("ChangeRecord", 0.060, 0.150, Basis.ESTIMATE, "DynamoDB, Lambda's Invoke"),
    "RecoverInstanceFunction": Stage("RecoverInstance", 0.060, 0.150, Basis.ESTIMATE, "DynamoDB, secret"),
}
"""What a warm handler takes, by the function's logical id."""

COLD_SHARE = 0.1
"""How often the first call of a function in an execution finds no warm one. AWS says under 1 % of invocations for
production workloads; few instances are created an hour, so we take more."""


class Times(Protocol):
    """Says how long a stage takes, and whether a function is cold."""

    def of(self, stage: Stage) -> float:
        """Seconds."""

    def cold(self) -> bool:
        """Of the first call of a function."""


class Typical:
    """Every stage takes its p50, and no function is cold: for counting."""

    def of(self, stage: Stage) -> float:
        return stage.p50

    def cold(self) -> bool:
        return False


class Drawn:
    """Each time another, from a seed: the same seed gives the same times. `small`: of a small image.

    Each stage draws from a series of its own, so that a machine that looks oftener meets the same AWS.
    """

    def __init__(self, seed: int, cold_share: float = COLD_SHARE, small: bool = False) -> None:
        self._seed = seed
        self._cold_share = cold_share
        self._small = small
        self._series: dict[str, random.Random] = {}

    def of(self, stage: Stage) -> float:
        if self._small and stage is PULL_AND_START:
            stage = PULL_AND_START_SMALL
        return stage.draw(self._of(stage.name))

    def cold(self) -> bool:
        return self._of("cold").random() < self._cold_share

    def _of(self, name: str) -> random.Random:
        if name not in self._series:
            self._series[name] = random.Random(f"{self._seed} {name}")
        return self._series[name]


def every_stage() -> tuple[Stage, ...]:
    """All of them, in the order in which a reader wants them."""
    found = [stage for stage in globals().values() if isinstance(stage, Stage)]
    return (*found, *CALLS.values(), *WORK.values())
