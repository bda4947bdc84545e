"""Step Functions as a storm's functions see it: boto3's client, on the account's clock and quotas."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sfnx.testing import Failure

from tests.bench.storm_account import Account


class StatesClient:
    """What functions use of boto3's client of Step Functions."""

    def __init__(self, account: Account, machine_of: Callable[[str], str]) -> None:
        self._account = account
        self._machine_of = machine_of

    def start_execution(self, **request: Any) -> Mapping[str, object]:
        self._account.call("stepfunctions", "StartExecution")
        machine = self._machine_of(request["stateMachineArn"])
        self._account.start(machine, request["name"], json.loads(request["input"]))
        return {}

    def send_task_success(self, **request: Any) -> Mapping[str, object]:
        self._account.complete(request["taskToken"], json.loads(request["output"]))
        return {}

    def send_task_failure(self, **request: Any) -> Mapping[str, object]:
        failure = Failure(request.get("error", ""), request.get("cause", ""))
        self._account.complete(request["taskToken"], failure=failure)
        return {}
