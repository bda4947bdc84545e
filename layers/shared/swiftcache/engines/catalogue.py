"""The releases that this service knows, by line: what an image is by its digest, and until when it is maintained.

The digests are those of the official images' indexes on Docker Hub, for all platforms; a copy in another registry keeps
them. A new release is a line here, and then the operator's to deploy: docs/engines.md. Where each figure is from is in
docs/decisions/0051-engines.md.
"""

from dataclasses import dataclass
from datetime import date

from swiftcache.engines.model import EngineName, line_of


@dataclass(frozen=True, slots=True)
class Release:
    """`digest` is the image's, 64 hexadecimal digits. Each is there for ARM64, which the tasks run on."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Line:
    """`end_of_life` is when its maintainers give no more patches; None if they have not said so."""

    engine: EngineName
    name: str
    end_of_life: date | None
    releases: tuple[Release, ...] = ()
    default: bool = False

    def __str__(self) -> str:
        return f"{self.engine} {self.name}"


CATALOGUE = (
    # What Debian 12 has, and so many a developer's machine.
    Line(EngineName.REDIS, "7.0", date(2024, 7, 29)),
    Line(
        EngineName.REDIS,
        "7.2",
        date(2029, 12, 31),
        (Release("7.2.16", "0637954999d01b7c9ce9167db2da50656e2590d3b884f1c600c5f63bb6e6773c"),),
        default=True,
    ),
    Line(EngineName.VALKEY, "8.0", date(2027, 9, 15)),
    Line(
        EngineName.VALKEY,
        "8.1",
        date(2030, 3, 31),
        (Release("8.1.10", "640c5e62cea04b6d6f2084232651d0cc70362d31f4f805e7be94dbed6855e8f2"),),
    ),
    Line(EngineName.VALKEY, "9.0", date(2028, 10, 21)),
    Line(
        EngineName.VALKEY,
        "9.1",
        None,
        (Release("9.1.2", "418652cfb58ef879d4978c33553735d7147016032d5aefaa14c828e611eb9dfd"),),
    ),
)


def release_of(image: str) -> tuple[Line, Release] | None:
    """What an image with its digest (`…@sha256:…`) is; None if it is not in the catalogue."""
    digest = image.rpartition("@sha256:")[2]
    found = ((line, release) for line in CATALOGUE for release in line.releases if release.digest == digest)
    return next(found, None)


def line_with(engine: EngineName, version: str) -> Line | None:
    """The line that a version is of; None if it is not in the catalogue."""
    name = line_of(version)
    return next((line for line in CATALOGUE if (line.engine, line.name) == (engine, name)), None)


def end_of_life(engine: EngineName, version: str) -> date | None:
    """Of the version's line; None if it is not known."""
    line = line_with(engine, version)
    return line.end_of_life if line else None
