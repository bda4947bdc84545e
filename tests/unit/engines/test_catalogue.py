"""What the catalogue says of an image, and what a stack offers by its images."""

import re
from datetime import date

import pytest

from swiftcache.backups.engines import engine_for
from swiftcache.backups.model import Rdb
from swiftcache.engines.catalogue import CATALOGUE, end_of_life, release_of
from swiftcache.engines.model import EngineName, line_of, numbers
from swiftcache.engines.offers import offers, version_of
from swiftcache.platform.errors import InvalidRequest

REDIS = "redis@sha256:0637954999d01b7c9ce9167db2da50656e2590d3b884f1c600c5f63bb6e6773c"
COPY = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/{REDIS}"
VALKEY = "valkey/valkey:8.1@sha256:640c5e62cea04b6d6f2084232651d0cc70362d31f4f805e7be94dbed6855e8f2"
OWN = "redis@sha256:" + "ab" * 32


def test_every_release_is_of_its_line_and_has_a_digest_of_its_own() -> None:
    releases = [(line, release) for line in CATALOGUE for release in line.releases]
    assert all(line_of(release.version) == line.name for line, release in releases)
    digests = [release.digest for _, release in releases]
    assert len(set(digests)) == len(digests)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)


def test_one_line_is_the_default_and_it_has_an_image() -> None:
    [line] = [line for line in CATALOGUE if line.default]
    assert line.engine is EngineName.REDIS
    assert line.releases


@pytest.mark.parametrize("image", [REDIS, COPY])
def test_an_image_is_known_by_its_digest_wherever_a_copy_of_it_lies(image: str) -> None:
    found = release_of(image)
    assert found
    assert (found[0].engine, found[1].version) == (EngineName.REDIS, "7.2.16")


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (OWN, None),
        (OWN.replace("redis@", "redis:7.2.4@"), "7.2.4"),
        (OWN.replace("redis@", "registry.example.com:5000/redis:7.2.4-hardened@"), "7.2.4"),
        (OWN.replace("redis@", "redis:latest@"), None),
        (REDIS.replace("redis@", "redis:7.0.1@"), "7.2.16"),
    ],
    ids=["no tag", "a tag", "a tag with more", "a tag without a number", "a tag that is wrong"],
)
def test_an_image_that_the_catalogue_does_not_know_tells_its_version_by_its_tag(
    image: str, version: str | None
) -> None:
    assert version_of(image) == version


def test_a_stack_without_an_image_of_valkey_offers_redis_alone() -> None:
    [offer] = offers(REDIS, "").all
    assert (offer.engine, offer.version, offer.default) == (EngineName.REDIS, "7.2.16", True)
    assert offer.end_of_life == date(2029, 12, 31)


def test_both_are_offered_where_there_are_images_of_both_and_redis_is_the_default() -> None:
    found = offers(REDIS, VALKEY)
    assert [(offer.engine.value, offer.version, offer.default) for offer in found.all] == [
        ("redis", "7.2.16", True),
        ("valkey", "8.1.10", False),
    ]
    assert found.default is found.all[0]


@pytest.mark.parametrize("version", [None, "8.1", "8.1.10"])
def test_an_engine_is_found_by_its_line_or_its_version_or_without_either(version: str | None) -> None:
    assert offers(REDIS, VALKEY).find(EngineName.VALKEY, version).version == "8.1.10"


@pytest.mark.parametrize("version", ["8", "8.10", "8.1.1", "9.1", "7.2.16", ""])
def test_what_is_not_offered_is_refused_with_what_is(version: str) -> None:
    with pytest.raises(InvalidRequest, match=r"redis 7\.2\.16, valkey 8\.1\.10") as refused:
        offers(REDIS, VALKEY).find(EngineName.VALKEY, version)
    assert refused.value.pointer == "/version"


def test_an_engine_without_an_image_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="valkey is not offered here") as refused:
        offers(REDIS, "").find(EngineName.VALKEY, None)
    assert refused.value.pointer == "/engine"


def test_an_image_of_an_unknown_version_is_offered_and_meant_by_no_version() -> None:
    unknown = offers(OWN, "")
    assert unknown.find(EngineName.REDIS, None).version is None
    with pytest.raises(InvalidRequest):
        unknown.find(EngineName.REDIS, "7.2")


def test_a_line_tells_its_end_of_life_and_one_that_is_unknown_tells_none() -> None:
    assert end_of_life(EngineName.VALKEY, "8.1.3") == date(2030, 3, 31)
    assert end_of_life(EngineName.REDIS, "8.1.3") is None


def test_versions_compare_by_their_numbers() -> None:
    assert numbers("7.2.16") > numbers("7.2.9") > numbers("7.0.15")
    assert numbers("9.0.0-rc1") == numbers("9.0.0")
    assert numbers("unstable") == ()


def test_a_backup_is_loaded_by_the_engine_that_wrote_it_where_there_is_an_image_of_that() -> None:
    of_redis, of_valkey = Rdb("redis", "7.2.16", 11), Rdb("valkey", "9.1.2", 80)
    both, alone = offers(REDIS, VALKEY), offers(REDIS, "")
    assert [engine_for(rdb, both) for rdb in (of_redis, of_valkey)] == [EngineName.REDIS, EngineName.VALKEY]
    assert engine_for(of_valkey, alone) is EngineName.REDIS
