"""WatchUploads: hears of each file that is uploaded to be imported, and begins the work on the first of an import."""

from typing import Any

from swiftcache.backups.transfer_wiring import import_watch
from swiftcache.backups.upload_event import arrival_of
from swiftcache.platform.injector import PROCESS, Injector


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    if arrival := arrival_of(event["detail"]):
        import_watch(injector).arrived(arrival)
