"""What proving and restoring backups is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.wiring import backups, object_store
from swiftcache.engines.wiring import engine_offers
from swiftcache.platform.aws import dynamodb, ecs, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import is_private

if TYPE_CHECKING:
    from swiftcache.backups.latest import LatestBackups
    from swiftcache.backups.plan import RestorePlanner
    from swiftcache.backups.proof_ports import Engines, ProofTasks
    from swiftcache.backups.proving import BackupProver
    from swiftcache.backups.restoring import BackupRestores


@provider
def engines(injector: Injector) -> "Engines":
    from swiftcache.backups.engines_table import DynamoDBEngines

    return DynamoDBEngines(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def proof_tasks(injector: Injector) -> "ProofTasks":
    from swiftcache.backups.proof_tasks import EcsProofTasks, ProofNetwork

    network = ProofNetwork(
        injector.environment["CLUSTER_NAME"],
        injector.environment["PROOF_FAMILY_PREFIX"],
        tuple(injector.environment["SUBNET_IDS"].split(",")),
        injector.environment["PROOF_SECURITY_GROUP"],
        injector.environment["BACKUP_BUCKET_ARN"],
        has_public_address=not is_private(injector),
    )
    return EcsProofTasks(ecs(injector), network, object_store(injector))


@provider
def backup_prover(injector: Injector) -> "BackupProver":
    from swiftcache.backups.proving import BackupProver

    return BackupProver(
        backups(injector),
        object_store(injector),
        proof_tasks(injector),
        engines(injector),
        engine_offers(injector),
        now(injector),
        int(injector.environment["BACKUP_PROOF_DAYS"]),
    )


@provider
def backup_restores(injector: Injector) -> "BackupRestores":
    from swiftcache.backups.restoring import BackupRestores

    return BackupRestores(backups(injector), engines(injector), engine_offers(injector))


@provider
def restore_planner(injector: Injector) -> "RestorePlanner":
    from swiftcache.backups.plan import RestorePlanner

    return RestorePlanner(backups(injector), engines(injector), engine_offers(injector), is_private(injector))


@provider
def latest_backups(injector: Injector) -> "LatestBackups":
    from swiftcache.backups.latest import LatestBackups

    return LatestBackups(backups(injector), engines(injector), object_store(injector), now(injector))
