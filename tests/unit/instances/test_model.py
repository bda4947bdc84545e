"""What may be created, and what a new instance is."""

import re

import pytest

from swiftcache.instances.model import create, dns_name_of, domain_of, hostname_of
from swiftcache.instances.sizes import MAX_MEMORY, MIN_MEMORY
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.tokens import sha256
from tests.samples import AT, DOMAIN, NOW, a_request, an_instance


def test_a_new_instance_is_provisioning_and_has_no_hostname() -> None:
    instance, _, _ = create(a_request(), "request-1", NOW, DOMAIN)
    assert (instance.status, instance.hostname, instance.port) == (Status.PROVISIONING, None, None)


def test_created_at_has_no_fraction_as_in_the_public_guide() -> None:
    instance, _, _ = create(a_request(), "request-1", NOW, DOMAIN)
    assert (instance.created_at, instance.changed_at) == ("2026-01-02T03:04:05Z", AT)


def test_the_first_key_is_named_after_the_instance() -> None:
    _, key, _ = create(a_request(name="cache"), "request-1", NOW, DOMAIN)
    assert key.name == "cache-default"


def test_the_plain_key_has_the_public_form() -> None:
    _, _, plain_key = create(a_request(), "request-1", NOW, DOMAIN)
    assert re.fullmatch(r"sc_live_[0-9a-f]{32}", plain_key)


def test_an_instance_holds_the_keys_hash_and_never_the_key() -> None:
    instance, key, plain_key = create(a_request(), "request-1", NOW, DOMAIN)
    assert key.sha256 == sha256(plain_key)
    assert plain_key not in repr(instance)


def test_the_hash_is_not_printed_either() -> None:
    instance, key, _ = create(a_request(), "request-1", NOW, DOMAIN)
    assert key.sha256 not in repr(instance)


def test_two_instances_share_nothing() -> None:
    one, one_key, one_plain = create(a_request(), "request-1", NOW, DOMAIN)
    other, other_key, other_plain = create(a_request(), "request-1", NOW, DOMAIN)
    assert one.id != other.id
    assert one_key.id != other_key.id
    assert one_plain != other_plain


@pytest.mark.parametrize("max_memory", [MIN_MEMORY, MAX_MEMORY])
def test_memory_may_be_from_10_mb_to_4_gb(max_memory: int) -> None:
    instance, _, _ = create(a_request(max_memory=max_memory), "request-1", NOW, DOMAIN)
    assert instance.max_memory == max_memory


@pytest.mark.parametrize("max_memory", [0, -1, MIN_MEMORY - 1, MAX_MEMORY + 1, 512])
def test_other_memory_is_refused_with_the_limits(max_memory: int) -> None:
    with pytest.raises(InvalidRequest, match=r"10485760 \(10 MB\) to 4294967296 \(4 GB\)") as refused:
        create(a_request(max_memory=max_memory), "request-1", NOW, DOMAIN)
    assert refused.value.pointer == "/maxMemory"


def test_a_region_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidRequest, match="eu-central") as refused:
        create(a_request(region="mars"), "request-1", NOW, DOMAIN)
    assert refused.value.pointer == "/region"


def test_data_are_kept_only_if_that_is_asked_for() -> None:
    assert create(a_request(persistence=True), "request-1", NOW, DOMAIN)[0].persistence
    assert not create(a_request(), "request-1", NOW, DOMAIN)[0].persistence


def test_megabytes_are_rounded_down() -> None:
    instance, _, _ = create(a_request(max_memory=MIN_MEMORY + 1), "request-1", NOW, DOMAIN)
    assert instance.max_memory_mb == 10


def test_a_new_instances_name_follows_from_its_id_and_the_present_domain() -> None:
    assert hostname_of("inst_abc123", "example.com") == "abc123.redis.example.com"
    instance, _, _ = create(a_request(), "request-1", NOW, "old.example.com")
    assert instance.dns_name == hostname_of(instance.id, "old.example.com")


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"dns_name": "a1.redis.old.example.com"}, "a1.redis.old.example.com"),
        ({"hostname": "a1.redis.old.example.com"}, "a1.redis.old.example.com"),
        ({}, "a1.redis.example.com"),
    ],
    ids=["kept since it was made", "made before names were kept, and has run", "made before, and has never run"],
)
def test_an_instance_keeps_its_name_whatever_new_ones_are_called(known: dict[str, str], name: str) -> None:
    assert dns_name_of(an_instance(**known), "example.com") == name


@pytest.mark.parametrize("domain", ["example.com", "old.example.com", "redis.example.com"])
def test_a_name_tells_the_domain(domain: str) -> None:
    assert domain_of(hostname_of("inst_a1", domain)) == domain
