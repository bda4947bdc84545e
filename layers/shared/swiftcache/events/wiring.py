"""What events is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import config, session
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.events.ports import Events


@provider
def events(injector: Injector) -> "Events":
    from swiftcache.events.eventbridge import EventBridgeEvents

    return EventBridgeEvents(
        session(injector).client("events", config=config(injector)), injector.environment["EVENT_BUS_NAME"]
    )
