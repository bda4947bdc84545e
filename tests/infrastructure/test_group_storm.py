"""A thousand instances with security groups of their own at once: EC2 is so slow that most have to wait."""

import heapq
import random

import pytest

from local import asl
from local.aws.quotas import TokenBucket
from swiftcache.networks.service import LEASE

INSTANCES = 1000
BURST, A_SECOND = 50, 5
"""EC2's writes, each operation for itself: docs/decisions/0058-allowed-networks.md."""

PATIENCE = 300
"""A creation waits for its place for 10 minutes in all."""

MADE = ("provision_instance", "CreateSecurityGroup", 3, LEASE.total_seconds())
"""The group, its rules in, and the one out. Who failed at one of them keeps the lease, and finds it in the way."""
DELETED = ("deprovision_instance", "DeleteSecurityGroup", 1, 0.0)


@pytest.mark.parametrize("within", [10, 60, 120])
@pytest.mark.parametrize(("machine", "step", "writes", "lease"), [MADE, DELETED], ids=["made", "deleted"])
def test_whoever_waits_for_a_group_has_its_turn_before_its_attempts_are_at_their_end(
    machine: str, step: str, writes: int, lease: float, within: int
) -> None:
    retries = asl.load(machine)["States"][step]["Retry"]
    [rule] = [rule for rule in retries if "DependencyUnavailable" in rule["ErrorEquals"]]
    chance, at = random.Random(within), 0.0
    buckets = [TokenBucket(BURST, A_SECOND, lambda: at) for _ in range(writes)]
    # When, who, its attempt, what it has written, and until when an attempt that failed has the lease.
    turns = [(chance.uniform(0, within), number, 0, 0, 0.0) for number in range(INSTANCES)]
    heapq.heapify(turns)
    gave_up = []
    while turns:
        at, number, attempt, written, leased = heapq.heappop(turns)
        if at >= leased:
            while written < writes and buckets[written].take():
                written += 1
            leased = at + lease
        if written == writes:
            continue
        if attempt == rule["MaxAttempts"]:
            gave_up.append(number)
            continue
        longest = min(rule["MaxDelaySeconds"], rule["IntervalSeconds"] * 2**attempt)
        heapq.heappush(turns, (at + chance.uniform(0, longest), number, attempt + 1, written, leased))
    assert (gave_up, at < PATIENCE) == ([], True)
