"""What a proof tells: the Redis that has loaded a backup, in its own words, and what these are worth."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from swiftcache.backups.model import Backup, BackupKind
from swiftcache.instances.sizes import SIZES, TaskSize, largest_memory, task_size

MAX_REPORT_BYTES = 65_536
"""INFO has about 6 KB. Whoever could write a report of another length is not believed."""

_LINE = re.compile(r"([a-z0-9_]{1,64}):([ -~]{0,256})")
_VERSION = re.compile(r"\d{1,4}(\.\d{1,6}){1,3}")
_NUMBER = re.compile(r"\d{1,15}")
_DEADLINE_SECONDS = 240
_BYTES_A_SECOND = 12 * 1024 * 1024
"""Of fetching and loading: measured five times as much, with a quarter of a processor."""

LONGEST_SECONDS = 780
"""With a start, less than a quarter of an hour: a task that is found for longer is one that nobody awaits."""


class UnreadableReport(ValueError):
    """What came is not what Redis says of itself."""


@dataclass(frozen=True, slots=True)
class Report:
    """Of the Redis that loaded the file. `expired`: keys whose time had come when it was loaded."""

    loaded: int
    expired: int
    used_memory: int
    engine: str
    engine_version: str
    seconds: int

    @property
    def keys(self) -> int:
        return self.loaded + self.expired


def read_report(text: bytes) -> Report:
    """From INFO, and the line `restore_seconds`. Raises UnreadableReport."""
    if len(text) > MAX_REPORT_BYTES:
        raise UnreadableReport("it is too long")
    lines = (_LINE.fullmatch(line) for line in text.decode("ascii", "replace").splitlines())
    told = {found[1]: found[2] for found in lines if found}
    if _number(told, "loading"):
        raise UnreadableReport("it still loads")
    engine = "valkey" if told.get("server_name") == "valkey" or "valkey_version" in told else "redis"
    version = told.get(f"{engine}_version", "")
    if not _VERSION.fullmatch(version):
        raise UnreadableReport("it does not say its version")
    return Report(
        _number(told, "rdb_last_load_keys_loaded"),
        _number(told, "rdb_last_load_keys_expired"),
        _number(told, "used_memory"),
        engine,
        version,
        _number(told, "restore_seconds"),
    )


def _number(told: Mapping[str, str], name: str) -> int:
    value = told.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise UnreadableReport(f"it does not say {name}")
    return int(value)


PROOF_SIZES = tuple(size for size in SIZES if task_size(largest_memory(size)) == size)
"""The tasks that a proof may have: those of instances without a volume, for it keeps nothing."""


def proof_size(backup: Backup) -> TaskSize:
    """The task that loads it: that of the instance it is of. Of a file that somebody sent nothing is believed."""
    if backup.kind is BackupKind.IMPORTED or backup.source is None:
        return PROOF_SIZES[-1]
    return task_size(backup.source.reserved_memory)


def proof_seconds(size_bytes: int) -> int:
    """How long a proof may take from its start, in which a task comes to run, fetches and loads."""
    return min(_DEADLINE_SECONDS + size_bytes // _BYTES_A_SECOND, LONGEST_SECONDS)
