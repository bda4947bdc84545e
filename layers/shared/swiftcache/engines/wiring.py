"""What engines is made of."""

from typing import TYPE_CHECKING

from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.engines.model import Offers


@provider
def engine_offers(injector: Injector) -> "Offers":
    from swiftcache.engines.offers import offers

    return offers(injector.environment["REDIS_IMAGE"], injector.environment["VALKEY_IMAGE"])
