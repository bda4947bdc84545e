"""What backups is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb, s3
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.backups.ports import Backups, ObjectStore


@provider
def backups(injector: Injector) -> "Backups":
    from swiftcache.backups.table import DynamoDBBackups

    return DynamoDBBackups(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def object_store(injector: Injector) -> "ObjectStore":
    from swiftcache.backups.bucket import S3ObjectStore

    return S3ObjectStore(s3(injector), injector.environment["BACKUP_BUCKET"])
