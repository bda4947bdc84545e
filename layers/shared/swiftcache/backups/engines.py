"""What the Redis of this stack is, and which backups it loads."""

from dataclasses import dataclass

from swiftcache.backups.model import Rdb
from swiftcache.engines import compatibility
from swiftcache.engines.model import EngineName, Offers


@dataclass(frozen=True, slots=True)
class Engine:
    """What has last loaded a backup here: `redis` or `valkey`, its version, and when (RFC 3339 in UTC)."""

    name: str
    version: str
    at: str


def loads(engine: Engine, rdb: Rdb) -> bool:
    """Whether it does; of an engine that is not known here it is taken for granted."""
    return compatibility.loads(engine.name, engine.version, rdb.rdb_version)


def engine_for(rdb: Rdb, offers: Offers) -> EngineName:
    """What loads it: its own engine, if there is an image of that here."""
    written_by = EngineName(rdb.engine)
    return written_by if offers.of(written_by) else offers.default.engine
