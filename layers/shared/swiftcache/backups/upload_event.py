"""S3's `Object Created` event, as what it means: the file of an import is there."""

import re
from typing import Any

from swiftcache.backups.importing import Arrival
from swiftcache.backups.model import UPLOADS

_KEY = re.compile(rf"{UPLOADS}(org_[a-z0-9]{{1,64}})/(bkp_[a-z0-9]{{1,64}})\.rdb")


def arrival_of(detail: dict[str, Any]) -> Arrival | None:
    """From the event's detail. None if no link of ours leads to the object."""
    stored = detail["object"]
    found = _KEY.fullmatch(stored["key"])
    return Arrival(found[1], found[2], stored["version-id"]) if found else None
