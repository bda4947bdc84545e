"""What AWS allows an account to ask for, as published for eu-central-1: token buckets, and the errors beyond them.

A bucket holds `burst` tokens and gets `rate` new ones a second; each request takes one. Where AWS publishes a rate and
no burst, the bucket holds what comes in a second. Amazon EFS publishes none: it refuses only near its limit of access
points.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS answers beyond a quota: `code` as boto3 shows it in ClientError, `status` of HTTP."""

    code: str
    message: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Quota:
    """One bucket. `service` is boto3's name of it, and without `operations` all of the service's take from the bucket.

    `rate` is in tokens a second. `source` says where the figures are from.
    """

    name: str
    service: str
    operations: frozenset[str]
    burst: float
    rate: float
    refusal: Refusal
    source: str

    def covers(self, service: str, operation: str) -> bool:
        return service == self.service and (not self.operations or operation in self.operations)


class TokenBucket:
    """`now` gives seconds, of any clock that does not go back. For one thread at a time."""

    def __init__(self, burst: float, rate: float, now: Callable[[], float]) -> None:
        self._burst = burst
        self._rate = rate
        self._now = now
        self._tokens = burst
        self._at = now()

    @property
    def ready(self) -> bool:
        """Whether there is a token."""
        self._refill()
        return self._tokens >= 1 - _ROUNDING

    def take(self) -> bool:
        """Takes a token if there is one. Whether there was."""
        if not self.ready:
            return False
        self._tokens -= 1
        return True

    def reserve(self) -> float:
        """Takes the next token that nobody has reserved: the seconds until it is there."""
        self._refill()
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    def _refill(self) -> None:
        at = self._now()
        self._tokens = min(self._burst, self._tokens + (at - self._at) * self._rate)
        self._at = at


_ROUNDING = 1e-9
"""Waiting for exactly as long as a token takes must be enough."""

_RATE = Refusal("ThrottlingException", "Rate exceeded")
_ROUTE53 = Refusal("Throttling", "Rate exceeded")
_EC2 = Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
_EC2_BY_ECS = Refusal(
    "InvalidParameterException",
    "Error retrieving security group information: Request limit exceeded. (ErrorCode: RequestLimitExceeded)",
)

_ECS_DOC = "docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"
_FARGATE_DOC = "docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html"
_EC2_DOC = "docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
_STATES_DOC = "docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_SECRETS_DOC = "docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"


def _ecs(name: str, operations: str, burst: float, rate: float, source: str = _ECS_DOC) -> Quota:
    return Quota(name, "ecs", frozenset(operations.split()), burst, rate, _RATE, source)


def _states(operations: str, burst: float, rate: float, source: str = _STATES_DOC) -> Quota:
    return Quota(f"Step Functions {operations}", "stepfunctions", frozenset([operations]), burst, rate, _RATE, source)


def _secrets(name: str, operations: str, rate: float) -> Quota:
    return Quota(name, "secretsmanager", frozenset(operations.split()), rate, rate, _RATE, _SECRETS_DOC)


def _ec2_write(operation: str) -> Quota:
    source = f"our estimate: what changes something, each operation for itself ({_EC2_DOC})"
    return Quota(f"EC2 {operation}", "ec2", frozenset([operation]), 50, 5, _EC2, source)


QUOTAS = (
    Quota(
        "Route 53, the whole account",
        "route53",
        frozenset(),
        5,
        5,
        _ROUTE53,
        "docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html; its code is not the one that the SDKs"
        " list (repost.aws/knowledge-center/route-53-avoid-throttling-errors, github.com/octodns/octodns/issues/96)",
    ),
    _ecs("ECS task definition changes", "RegisterTaskDefinition DeregisterTaskDefinition", 20, 1),
    _ecs("ECS task definition deletions", "DeleteTaskDefinitions", 5, 1),
    _ecs("ECS task definition reads", "DescribeTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies", 50, 20),
    _ecs("ECS task changes", "RunTask StartTask StopTask ExecuteCommand", 100, 40),
    _ecs("ECS task reads", "DescribeTasks ListTasks", 100, 20),
    _ecs("Fargate RunTask", "RunTask", 20, 20, f"{_FARGATE_DOC}: 20 a second, burst and sustained"),
    Quota(
        "EC2 behind RunTask",
        "ecs",
        frozenset({"RunTask"}),
        100,
        20,
        _EC2_BY_ECS,
        f"our estimate: EC2's reads ({_EC2_DOC}), passed on by ECS (github.com/dask/dask-cloudprovider/issues/56)",
    ),
    Quota("EC2 interface reads", "ec2", frozenset({"DescribeNetworkInterfaces"}), 100, 20, _EC2, _EC2_DOC),
    Quota("EC2 security group reads", "ec2", frozenset({"DescribeSecurityGroups"}), 100, 20, _EC2, _EC2_DOC),
    _ec2_write("CreateSecurityGroup"),
    _ec2_write("DeleteSecurityGroup"),
    _ec2_write("AuthorizeSecurityGroupIngress"),
    _ec2_write("RevokeSecurityGroupIngress"),
    _ec2_write("RevokeSecurityGroupEgress"),
    _states("StartExecution", 800, 150),
    _states("DescribeExecution", 250, 10),
    _states("StopExecution", 500, 25, f"our estimate: the figure of 2019 ({_STATES_DOC})"),
    _states("ListExecutions", 100, 2),
    _secrets("Secrets Manager reads of values", "GetSecretValue", 10_000),
    _secrets("Secrets Manager reads of descriptions", "DescribeSecret", 40_000),
    _secrets("Secrets Manager creations", "CreateSecret", 50),
    _secrets("Secrets Manager deletions", "DeleteSecret", 50),
    _secrets("Secrets Manager changes", "PutSecretValue UpdateSecret UpdateSecretVersionStage", 50),
)

TRANSITIONS_BURST = 800
TRANSITIONS_RATE = 800
"""State transitions of the account, a second, in most regions. Beyond them executions wait, and nothing fails."""
