"""What an operation costs in requests, by the list: from the calls that its machine and its functions make."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench import price_list as prices
from tests.bench.lifecycle_on_aws import Life
from tests.bench.real_calls import Made

OTHER_SECONDS = 0.1
"""What AWS bills for a call of a function that the model of the machines does not know: the API and the
stream's. An estimate; at 512 MB ten times as long would cost 0.008 USD more for a thousand calls."""


@dataclass(frozen=True, slots=True)
class Cost:
    """In USD, for one operation."""

    step_functions: float
    functions: float
    dynamodb: float
    other: float

    @property
    def total(self) -> float:
        return self.step_functions + self.functions + self.dynamodb + self.other


def cost(life: Life, made: Made, memory: Mapping[str, int]) -> Cost:
    """Of an operation whose machine ran as in `life` and whose functions did what is in `made`.

    `memory` is each function's, in megabytes. `other` is API Gateway, EventBridge, Secrets Manager and KMS; the calls
    of ECS, EC2, Route 53 and Step Functions themselves cost nothing.
    """
    machine_secrets = _of("secretsmanager", life.calls)
    return Cost(
        step_functions=life.transitions * prices.TRANSITION,
        functions=_functions(life, made, memory),
        dynamodb=made.writes * prices.DYNAMODB_WRITE
        + (made.reads + _of("dynamodb", life.calls)) * prices.DYNAMODB_READ,
        other=made.invocations["ApiFunction"] * prices.HTTP_REQUEST
        + made.events * prices.EVENT
        + (_of("secretsmanager", made.calls) + machine_secrets) * prices.SECRETS_CALL
        + _of("kms", made.calls) * prices.KMS_REQUEST,
    )


def _functions(life: Life, made: Made, memory: Mapping[str, int]) -> float:
    billed = {name: [seconds for called, _, seconds in life.invocations if called == name] for name in memory}
    total = 0.0
    for name in memory:
        others = max(0, made.invocations[name] - len(billed[name]))
        seconds = sum(billed[name]) + others * OTHER_SECONDS
        calls = len(billed[name]) + others
        total += calls * prices.LAMBDA_REQUEST + seconds * memory[name] / 1024 * prices.LAMBDA_GB_SECOND
    return total


def _of(service: str, calls: Mapping[str, int]) -> int:
    return sum(count for call, count in calls.items() if call.startswith(f"{service}:"))
