"""What api is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import clock, config, dynamodb, session
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.api.idempotency import Idempotency
    from swiftcache.api.idempotency_ports import Seal


@provider
def seal(injector: Injector) -> "Seal":
    from swiftcache.api.kms_seal import KmsSeal

    return KmsSeal(session(injector).client("kms", config=config(injector)), injector.environment["SEAL_KEY_ARN"])


@provider
def idempotency(injector: Injector) -> "Idempotency":
    import time

    from swiftcache.api.idempotency import Idempotency
    from swiftcache.api.idempotency_table import DynamoDBClaims

    return Idempotency(
        DynamoDBClaims(dynamodb(injector), injector.environment["TABLE_NAME"]),
        seal(injector),
        clock(injector),
        time.sleep,
    )
