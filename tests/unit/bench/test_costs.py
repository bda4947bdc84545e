"""What an operation costs, from what it calls."""

from collections import Counter

import pytest

from tests.bench import price_list as prices
from tests.bench.costs import OTHER_SECONDS, cost
from tests.bench.lifecycle_on_aws import Life
from tests.bench.real_calls import Made

LIFE = Life(
    seconds=40.0,
    bare=30.0,
    least=35.0,
    path=("WaitForIt",) * 60 + ("Done",) * 40,
    calls=Counter({"dynamodb:getItem": 10, "secretsmanager:deleteSecret": 2, "ecs:runTask": 1}),
    invocations=(("Recorder", "Plan", 0.5), ("Recorder", "Mark", 1.5)),
)
MADE = Made(
    Counter({"Recorder": 2, "ApiFunction": 1}),
    Counter({"events:PutEvents": 1, "secretsmanager:CreateSecret": 1, "kms:Encrypt": 1, "dynamodb:GetItem": 9}),
    writes=20.0,
    reads=5.0,
    events=3,
)
MEMORY = {"Recorder": 512, "ApiFunction": 1024, "Idle": 1024}


def test_every_state_entered_is_paid_for() -> None:
    assert cost(LIFE, MADE, MEMORY).step_functions == pytest.approx(100 * 25 / 1_000_000)


def test_a_function_costs_its_requests_and_its_memory_for_as_long_as_it_ran() -> None:
    gigabyte_seconds = 2.0 * 0.5 + OTHER_SECONDS * 1.0
    expected = 3 * prices.LAMBDA_REQUEST + gigabyte_seconds * prices.LAMBDA_GB_SECOND
    assert cost(LIFE, MADE, MEMORY).functions == pytest.approx(expected)


def test_reads_of_the_machine_are_paid_for_besides_those_of_its_functions() -> None:
    expected = 20 * prices.DYNAMODB_WRITE + 15 * prices.DYNAMODB_READ
    assert cost(LIFE, MADE, MEMORY).dynamodb == pytest.approx(expected)


def test_what_is_no_function_or_state_costs_its_requests() -> None:
    expected = prices.HTTP_REQUEST + 3 * prices.EVENT + 3 * prices.SECRETS_CALL + prices.KMS_REQUEST
    found = cost(LIFE, MADE, MEMORY)
    assert found.other == pytest.approx(expected)
    assert found.total == pytest.approx(found.step_functions + found.functions + found.dynamodb + found.other)
