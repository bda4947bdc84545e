"""What sessions is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.sessions.ports import Sessions
    from swiftcache.sessions.service import SessionService


@provider
def sessions(injector: Injector) -> "Sessions":
    from swiftcache.sessions.table import DynamoDBSessions

    return DynamoDBSessions(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def session_service(injector: Injector) -> "SessionService":
    from swiftcache.sessions.service import SessionService

    return SessionService(sessions(injector), accounts(injector), now(injector))
