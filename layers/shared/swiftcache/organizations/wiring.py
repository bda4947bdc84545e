"""What organizations is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.organizations.account_keys import AccountKeyService
    from swiftcache.organizations.audit_log import AuditService
    from swiftcache.organizations.members import MemberService
    from swiftcache.organizations.ports import Accounts
    from swiftcache.organizations.service import OrganizationService


@provider
def accounts(injector: Injector) -> "Accounts":
    from swiftcache.organizations.table import DynamoDBAccounts

    return DynamoDBAccounts(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def organization_service(injector: Injector) -> "OrganizationService":
    from swiftcache.organizations.service import OrganizationService

    return OrganizationService(accounts(injector), now(injector))


@provider
def member_service(injector: Injector) -> "MemberService":
    from swiftcache.organizations.members import MemberService

    return MemberService(accounts(injector), now(injector))


@provider
def account_key_service(injector: Injector) -> "AccountKeyService":
    from swiftcache.organizations.account_keys import AccountKeyService

    return AccountKeyService(accounts(injector), now(injector))


@provider
def audit_service(injector: Injector) -> "AuditService":
    from swiftcache.organizations.audit_log import AuditService
    from swiftcache.organizations.audit_table import DynamoDBAuditLog

    return AuditService(accounts(injector), DynamoDBAuditLog(dynamodb(injector), injector.environment["TABLE_NAME"]))
