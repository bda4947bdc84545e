"""How large the warm pool is to be, as the template's parameter says it, and what a month of it costs."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swiftcache.changes.prices import monthly_cost
from swiftcache.engines.model import EngineName
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.sizes import MIB, SIZES, TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.pool.model import PoolTarget, claimed, parse_pool_targets, pool_target_for
from swiftcache.pool.planning import member_name, new_member
from tests.expanded import expanded
from tests.samples import DOMAIN, NOW, a_request, an_instance

ROOT = Path(__file__).parents[3]
PATTERN = expanded().parameters["WarmPool"]["AllowedPattern"]


def test_a_text_names_sizes_with_their_members() -> None:
    assert parse_pool_targets("512=2,1024=1") == (PoolTarget(SIZES[0], 2), PoolTarget(SIZES[1], 1))


def test_an_empty_text_is_no_pool() -> None:
    assert parse_pool_targets("") == ()


@pytest.mark.parametrize("text", ["511=1", "512", "512=", "512=x", "512=-1", "512=1,512=2", "8192=1"])
def test_what_cannot_be_is_refused_here_and_by_the_template(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_pool_targets(text)
    assert not re.fullmatch(PATTERN, text) or text == "512=1,512=2"


def test_the_template_takes_every_size_that_a_member_can_have() -> None:
    text = ",".join(f"{size.memory}=1" for size in SIZES if size.memory < 8192)
    assert re.fullmatch(PATTERN, text)
    assert [target.size.memory for target in parse_pool_targets(text)] == [512, 1024, 2048, 3072, 4096, 6144]


@pytest.mark.parametrize("target", parse_pool_targets("512=1,1024=1,2048=1,3072=1,4096=1,6144=1"), ids=str)
def test_a_member_runs_in_a_task_of_its_targets_size(target: PoolTarget) -> None:
    assert task_size(new_member(target.size, "image", "request-1", NOW, DOMAIN).max_memory) == target.size


def test_members_are_of_their_sizes_definition() -> None:
    assert new_member(SIZES[0], "image", "request-1", NOW, DOMAIN).shared_definition


@pytest.mark.parametrize("shared", [True, False])
def test_a_claimed_instance_is_of_the_definition_that_its_member_is_of(shared: bool) -> None:
    member = replace(new_member(SIZES[0], "image", "request-1", NOW, DOMAIN), shared_definition=shared)
    assert claimed(an_instance(shared_definition=True), member).shared_definition == shared


def test_what_was_seen_of_a_members_task_is_known_of_the_instance_that_claims_it() -> None:
    endpoint = Endpoint("203.0.113.7", 6379, "arn:task/1")
    seen = ObservedTask(endpoint.task, "7.2.16", Certificate("2026-03-02T03:04:05Z", "5e" * 32))
    member = replace(new_member(SIZES[0], "image", "request-1", NOW, DOMAIN), endpoint=endpoint, observed=seen)
    taken = replace(claimed(an_instance(), member), status=Status.RUNNING)
    assert (taken.version, taken.serves) == (seen.version, seen.certificate)


def test_nobody_has_a_key_to_a_member() -> None:
    assert new_member(SIZES[0], "image", "request-1", NOW, DOMAIN).keys == ()


def test_a_members_name_tells_its_image() -> None:
    assert member_name("redis@sha256:1") != member_name("redis@sha256:2")
    assert re.fullmatch(r"warm-[0-9a-f]{12}", member_name("redis@sha256:1"))


@pytest.mark.parametrize("size", [size for size in SIZES if size.memory < 8192], ids=str)
def test_the_guide_says_what_a_member_of_the_pool_costs_a_month(size: TaskSize) -> None:
    text = (ROOT / "docs" / "warm-pool.md").read_text()
    [row] = [row for row in text.splitlines() if row.startswith(f"| `{size.memory}` |")]
    assert f"${monthly_cost(size):.2f}" in row


@pytest.mark.parametrize(
    ("different", "fits"),
    [
        ({}, True),
        ({"engine": EngineName.REDIS}, True),
        ({"engine": EngineName.VALKEY}, False),
        ({"engine": EngineName.REDIS, "version": "7.2"}, False),
        ({"persistence": True}, False),
    ],
    ids=str,
)
def test_a_member_fits_whoever_asks_for_the_default_engine_and_no_version(
    different: dict[str, Any], fits: bool
) -> None:
    target = pool_target_for(a_request(max_memory=100 * MIB, **different), parse_pool_targets("512=1"))
    assert (target is not None) is fits
