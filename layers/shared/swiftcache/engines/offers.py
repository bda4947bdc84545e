"""What a stack offers, by the images that it was deployed with."""

import re
from collections.abc import Iterator

from swiftcache.engines.catalogue import end_of_life, release_of
from swiftcache.engines.model import EngineName, Offer, Offers

_TAG = re.compile(r":(\d+\.\d+(?:\.\d+)?)(?:-[\w.-]+)?@")
"""Of a build that is not in the catalogue, such as an operator's own: `…/redis:7.2.4-hardened@sha256:…`."""


def offers(redis_image: str, valkey_image: str) -> Offers:
    """Redis always, and first; Valkey if the stack has an image of it. Images are given by their digests."""
    return Offers(tuple(_offers(redis_image, valkey_image)))


def version_of(image: str) -> str | None:
    """By the digest, and else by the tag that may stand before it."""
    found = release_of(image)
    if found is not None:
        return found[1].version
    tagged = _TAG.search(image)
    return tagged[1] if tagged else None


def _offers(redis_image: str, valkey_image: str) -> Iterator[Offer]:
    yield _offer(EngineName.REDIS, redis_image, default=True)
    if valkey_image:
        yield _offer(EngineName.VALKEY, valkey_image, default=False)


def _offer(engine: EngineName, image: str, *, default: bool) -> Offer:
    version = version_of(image)
    return Offer(engine, version, default, end_of_life(engine, version) if version else None)
