"""What redis is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import secretsmanager
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import functions_are_inside

if TYPE_CHECKING:
    from swiftcache.redis.loading import RedisLoading
    from swiftcache.redis.ports import Credentials, Probe
    from swiftcache.redis.reach import Reach


@provider
def reach(injector: Injector) -> "Reach":
    from swiftcache.redis.reach import from_inside, from_outside

    return from_inside if functions_are_inside(injector) else from_outside


@provider
def credentials(injector: Injector) -> "Credentials":
    from swiftcache.redis.credentials import SecretsManagerCredentials

    return SecretsManagerCredentials(secretsmanager(injector), injector.environment["INSTANCE_SECRET_PREFIX"])


@provider
def probe(injector: Injector) -> "Probe":
    from swiftcache.redis.probe import RedisProbe

    return RedisProbe(reach(injector))


@provider
def redis_loading(injector: Injector) -> "RedisLoading":
    from swiftcache.redis.loading import RedisLoading

    return RedisLoading(reach(injector))
