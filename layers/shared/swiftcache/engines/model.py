"""Engines and their versions. A *line* is what gets patches only: `7.2` is the line of `7.2.16`."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from swiftcache.platform.errors import InvalidRequest


class EngineName(StrEnum):
    REDIS = "redis"
    VALKEY = "valkey"

    @property
    def family_suffix(self) -> str:
        """What ends the names of its task definitions, after those of their sizes. Redis was there first."""
        return "" if self is EngineName.REDIS else f"-{self}"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a new instance may be. `version` is None for an image that neither the catalogue nor its tag tells it of."""

    engine: EngineName
    version: str | None
    default: bool
    end_of_life: date | None

    @property
    def line(self) -> str | None:
        return None if self.version is None else line_of(self.version)

    def is_meant_by(self, version: str) -> bool:
        """Whether it is this line, or exactly this version."""
        return self.version is not None and version in (self.version, self.line)

    def __str__(self) -> str:
        return f"{self.engine} {self.version or 'of an unknown version'}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What this stack offers, the default first: at most one of each engine."""

    all: tuple[Offer, ...]

    @property
    def default(self) -> Offer:
        return next(offer for offer in self.all if offer.default)

    def of(self, engine: EngineName) -> Offer | None:
        return next((offer for offer in self.all if offer.engine is engine), None)

    def find(self, engine: EngineName, version: str | None) -> Offer:
        """The one that is meant; whatever is offered of the engine if no version is. Raises InvalidRequest."""
        offer = self.of(engine)
        if offer is None:
            raise InvalidRequest(f"{engine} is not offered here; {self._offered}", "/engine")
        if version is not None and not offer.is_meant_by(version):
            raise InvalidRequest(f"{engine} {version} is not offered here; {self._offered}", "/version")
        return offer

    @property
    def _offered(self) -> str:
        return f"what is: {', '.join(str(offer) for offer in self.all)} (GET /api/v1/engines)"


_NUMBERS = re.compile(r"\d+(\.\d+)*")


def line_of(version: str) -> str:
    """`7.2` of `7.2.16`."""
    return ".".join(version.split(".")[:2])


def numbers(version: str) -> tuple[int, ...]:
    """To compare versions of one engine by: (7, 2, 16) of `7.2.16`, and of `7.2.16-rc1`."""
    found = _NUMBERS.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
