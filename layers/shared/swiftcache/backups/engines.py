"""Which Redis loads which RDB file. The version of the format is all that counts: what is newer is refused at once.

From `RDB_VERSION` in src/rdb.h of each release of github.com/redis/redis and github.com/valkey-io/valkey.
"""

import re
from dataclasses import dataclass

from swiftcache.backups.model import Rdb

_NEWEST = {
    "redis": {(6, 0): 9, (7, 0): 10, (7, 2): 11, (7, 4): 12},
    "valkey": {(7, 2): 11, (9, 0): 80},
}
"""From which version of an engine on it reads RDB files of which version."""

_FOREIGN = range(12, 80)
"""What Redis has written since Valkey left it, and Valkey refuses."""

_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Engine:
    """What has last loaded a backup here: `redis` or `valkey`, its version, and when (RFC 3339 in UTC)."""

    name: str
    version: str
    at: str


def loads(engine: Engine, rdb: Rdb) -> bool:
    """Whether it does; of an engine that is not known here it is taken for granted."""
    known, found = _NEWEST.get(engine.name), _VERSION.match(engine.version)
    if known is None or found is None:
        return True
    own = int(found[1]), int(found[2])
    newest = max((version for since, version in known.items() if since <= own), default=0)
    return rdb.rdb_version <= newest and not (engine.name == "valkey" and rdb.rdb_version in _FOREIGN)
