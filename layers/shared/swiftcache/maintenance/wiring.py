"""What maintenance is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.certificates.wiring import certificate_record
from swiftcache.changes.wiring import replacement_service
from swiftcache.instances.stores import fleet, instances
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import makes_private_tasks

if TYPE_CHECKING:
    from swiftcache.maintenance.keeping import MaintenanceKeeper
    from swiftcache.maintenance.ports import MaintenanceRecord
    from swiftcache.maintenance.retirement import RetirementWatch
    from swiftcache.maintenance.service import MaintenanceService
    from swiftcache.maintenance.watch import FleetWatch


@provider
def maintenance_record(injector: Injector) -> "MaintenanceRecord":
    from swiftcache.maintenance.table import DynamoDBMaintenance

    return DynamoDBMaintenance(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def maintenance_service(injector: Injector) -> "MaintenanceService":
    from swiftcache.maintenance.service import MaintenanceService

    return MaintenanceService(
        instances(injector), maintenance_record(injector), replacement_service(injector), now(injector)
    )


@provider
def maintenance_keeper(injector: Injector) -> "MaintenanceKeeper":
    from swiftcache.maintenance.keeping import MaintenanceKeeper

    return MaintenanceKeeper(
        maintenance_record(injector), instances(injector), replacement_service(injector), now(injector)
    )


@provider
def retirement_watch(injector: Injector) -> "RetirementWatch":
    from swiftcache.maintenance.retirement import RetirementWatch

    return RetirementWatch(fleet(injector), instances(injector), maintenance_service(injector), now(injector))


@provider
def fleet_watch(injector: Injector) -> "FleetWatch":
    from swiftcache.maintenance.ending import EndOfLifeWatch
    from swiftcache.maintenance.moving import NetworkWatch
    from swiftcache.maintenance.renewal import CertificateWatch
    from swiftcache.maintenance.watch import FleetWatch

    return FleetWatch(
        fleet(injector),
        CertificateWatch(certificate_record(injector), maintenance_service(injector), now(injector)),
        EndOfLifeWatch(maintenance_record(injector), now(injector)),
        NetworkWatch(maintenance_service(injector), makes_private_tasks(injector), now(injector)),
        now(injector),
    )
