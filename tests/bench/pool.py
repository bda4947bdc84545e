"""The warm pool of a running stack, looked at from outside: how many members wait for an owner."""

import time

from swiftcache.pool.model import POOL, parse_pool_targets
from tests.e2e.stack import Stack

_LOOK_SECONDS = 0.05
_FIRST_SECONDS = 15.0
_FULL_SECONDS = 30.0


def has_pool(stack: Stack, pool: str) -> bool:
    """Whether the pool, as the parameter WarmPool has it, fills soon after the stack's start."""
    return _fills(stack, pool, _FIRST_SECONDS)


def wait_full(stack: Stack, pool: str) -> None:
    """Returns when all members are ready. Raises TimeoutError."""
    if not _fills(stack, pool, _FULL_SECONDS):
        raise TimeoutError(f"the pool {pool} is not full after {_FULL_SECONDS:.0f} s; it has {ready(stack)} members")


def ready(stack: Stack) -> int:
    """How many members are RUNNING."""
    found = stack.aws("dynamodb").query(
        TableName=stack.outputs()["TableName"],
        KeyConditionExpression="PK = :pool AND begins_with(SK, :instance)",
        ExpressionAttributeValues={":pool": {"S": f"ORG#{POOL}"}, ":instance": {"S": "INSTANCE#"}},
        ConsistentRead=True,
    )
    return sum(item["status"]["S"] == "RUNNING" for item in found["Items"])


def _fills(stack: Stack, pool: str, seconds: float) -> bool:
    wanted = sum(target.members for target in parse_pool_targets(pool))
    deadline = time.monotonic() + seconds
    while ready(stack) < wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
