"""The bucket of backups, in memory. tests/contract holds it to what S3 does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from swiftcache.backups.ports import ObjectPage, Stored
from swiftcache.platform.errors import NotFound
from swiftcache.platform.timestamps import timestamp


@dataclass
class FakeObjectStore:
    """`objects`: by key, the versions and their content, the oldest first. `uploads`: uploads, by their ids.

    `now` gives the time with its zone, and `times` is since when each object or upload is there.
    """

    objects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, tuple[str, dict[int, bytes]]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    times: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def begin(self, key: str) -> str:
        upload_id = f"upload-{next(self._ids)}"
        self.uploads[upload_id] = (key, {})
        self.times[upload_id] = timestamp(self.now())
        return upload_id

    def put_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        self._parts(upload_id)[number] = content
        return f"tag-{number}"

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> str:
        parts = self._parts(upload_id)
        version = f"version-{next(self._ids)}"
        self.objects.setdefault(key, {})[version] = b"".join(parts[number] for number in sorted(parts))
        del self.uploads[upload_id]
        self.times[key] = timestamp(self.now())
        return version

    def put(self, key: str, content: bytes) -> None:
        upload = self.begin(key)
        self.complete(key, upload, [self.put_part(key, upload, 1, content)])

    def abort(self, key: str, upload_id: str = "") -> None:
        ended = {name for name, upload in self.uploads.items() if upload[0] == key and upload_id in ("", name)}
        self.uploads = {name: upload for name, upload in self.uploads.items() if name not in ended}

    def find(self, key: str, version: str = "") -> Stored | None:
        versions = self.objects.get(key, {})
        wanted = version or next(reversed(versions), "")
        return Stored(key, wanted, len(versions[wanted])) if wanted in versions else None

    def has(self, key: str, version: str) -> bool:
        return version in self.objects.get(key, {})

    def read(self, key: str, version: str, start: int = 0) -> Iterator[bytes]:
        if self.find(key, version) is None:
            raise NotFound(f"there is no object {key}")
        yield self.objects[key][version][start:]

    def link(self, key: str, version: str, seconds: int, file_name: str) -> str:
        return f"https://bucket.example/{key}?version={version}&seconds={seconds}&name={file_name}"

    def upload_link(self, key: str, seconds: int) -> str:
        return f"https://bucket.example/{key}?upload&seconds={seconds}"

    def erase(self, key: str) -> None:
        self.objects.pop(key, None)

    def erase_all(self, prefix: str) -> None:
        self.objects = {key: versions for key, versions in self.objects.items() if not key.startswith(prefix)}

    def page(self, prefix: str, after: str | None) -> ObjectPage:
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > (after or ""))
        return ObjectPage(keys, None, [self.times.get(key) or timestamp(self.now()) for key in keys])

    def folders(self, prefix: str) -> Iterator[str]:
        rest = [key.removeprefix(prefix) for key in sorted(self.objects) if key.startswith(prefix)]
        yield from dict.fromkeys(name.partition("/")[0] for name in rest if "/" in name)

    def unfinished(self, prefix: str) -> Iterator[tuple[str, str]]:
        for name, (key, _) in self.uploads.items():
            if key.startswith(prefix):
                yield key, self.times[name]

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.uploads:
            raise NotFound("there is no such upload")
        return self.uploads[upload_id][1]
