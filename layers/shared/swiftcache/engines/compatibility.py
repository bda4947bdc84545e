"""Which engine reads what another has written. The version of RDB files is all that counts: what is newer is refused.

From `RDB_VERSION` in src/rdb.h of each release of github.com/redis/redis and github.com/valkey-io/valkey. A replica
gets its data as such a file, so the ways from one engine to another are the same.
"""

import re

_NEWEST = {
    "redis": {(6, 0): 9, (7, 0): 10, (7, 2): 11, (7, 4): 12},
    "valkey": {(7, 2): 11, (9, 0): 80},
}
"""From which version of an engine on it reads RDB files of which version, and writes them."""

_FOREIGN = range(12, 80)
"""What Redis has written since Valkey left it, and Valkey refuses."""

_VERSION = re.compile(r"(\d+)\.(\d+)")


def newest_rdb(engine: str, version: str) -> int | None:
    """The version of RDB files that this version of an engine writes; None if it is not known here."""
    known, found = _NEWEST.get(engine), _VERSION.match(version)
    if known is None or found is None:
        return None
    own = int(found[1]), int(found[2])
    return max((rdb_version for since, rdb_version in known.items() if since <= own), default=0)


def loads(engine: str, version: str, rdb_version: int) -> bool:
    """Whether it loads a file of this version; of an engine that is not known here it is taken for granted."""
    newest = newest_rdb(engine, version)
    if newest is None:
        return True
    return rdb_version <= newest and not (engine == "valkey" and rdb_version in _FOREIGN)
