"""Counts visits in the Redis that the stack declares."""

import json
import os
from functools import cache

import boto3
import redis


@cache
def visits() -> redis.Redis:
    """Connected once in the life of this process."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["VISITS_SECRET_ARN"])
    return redis.Redis.from_url(json.loads(secret["SecretString"])["url"])


def handler(event: object, context: object) -> dict[str, int]:
    return {"visits": int(visits().incr("visits"))}
