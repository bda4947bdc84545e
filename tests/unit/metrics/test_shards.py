"""A part of a pass as another function's work: what it is told, what it answers, and what if it does not."""

import io
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.figures import FleetFigures, fleet_figures_map
from swiftcache.metrics.invoke import LambdaShards, live_figures_map, packed_instances, unpacked_instances
from swiftcache.metrics.shards import LARGEST, scrape_all
from swiftcache.platform.counters import Counters
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.tokens import new_id, sha256
from swiftcache.pool.model import POOL
from tests.fakes.metrics import FIGURES as LIVE
from tests.samples import an_instance

FIGURES = FleetFigures(2, 1, 1, 7, 3, 1_000, 2_000, Counters(10, 1000, 2000, 5, 2, 1, 3, 4, 6, 7))
PAYLOAD_BYTES = 6 * 1024 * 1024


def running(name: str = "inst_a1", keys: int = 1, **different: Any) -> Instance:
    made = [
        InstanceKey(new_id("key"), f"key-{number}", sha256(new_id("key")), "2026-01-02T03:04:05Z")
        for number in range(keys)
    ]
    endpoint = Endpoint("203.0.113.7", 6379, "arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/" + "ab" * 16)
    hostname = f"{name[5:]}.redis.example.com"
    instance = an_instance(id=name, status=Status.RUNNING, endpoint=endpoint, hostname=hostname, keys=tuple(made))
    return replace(instance, **different)


@dataclass
class Lambda:
    """A client that answers, or raises, `answer`."""

    answer: dict[str, Any] | Exception
    asked: list[bytes] = field(default_factory=list)

    def invoke(self, **request: Any) -> dict[str, Any]:
        assert request["FunctionName"] == "ScrapeShard"
        self.asked.append(request["Payload"])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def shards(answer: dict[str, Any] | Exception) -> tuple[LambdaShards, Lambda]:
    client: Any = Lambda(answer)
    return LambdaShards(client, "ScrapeShard"), client


def answered(figures: object, **more: str) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(figures).encode()), **more}


def test_a_shard_is_told_its_instances_and_answers_figures() -> None:
    made, client = shards(answered(fleet_figures_map(FIGURES, limits=True)))
    assert made.scrape([running()]) == FIGURES
    assert (json.loads(client.asked[0])["limits"], json.loads(client.asked[0])["certificates"]) == (True, True)
    [told] = unpacked_instances(json.loads(client.asked[0])["instances"])
    assert told.id == "inst_a1"


def test_who_does_not_ask_for_what_limits_closed_is_told_what_the_release_before_takes() -> None:
    shard = fleet_figures_map(FIGURES, limits=False)
    assert list(shard["counted"]) == ["commands", "bytes_in", "bytes_out", "hits", "misses", "evictions"]
    live = live_figures_map(replace(LIVE, evicted_clients=3), limits=False)
    assert list(live)[-1] == "evicted_keys"
    assert live_figures_map(replace(LIVE, evicted_clients=3), limits=True)["evicted_clients"] == 3


def test_all_but_the_hashes_of_keys_is_told() -> None:
    instance = running(keys=2, configuration_runs=frozenset({"run-1"}), claimed=True)
    [told] = unpacked_instances(packed_instances([instance]))
    without = tuple(replace(key, sha256="") for key in sorted(instance.keys, key=lambda key: key.id))
    assert told == replace(instance, keys=without, configuration_runs=frozenset())


def test_the_largest_shard_of_instances_with_all_the_keys_they_may_have_fits_an_invocation() -> None:
    some = [running(new_id("inst"), keys=20, organization_id=new_id("org")) for _ in range(LARGEST // 10)]
    assert len(packed_instances(some)) * 1.3 * 10 < PAYLOAD_BYTES


@pytest.mark.parametrize(
    "answer",
    [
        answered({"errorMessage": "it died"}, FunctionError="Unhandled"),
        ClientError({"Error": {"Code": "TooManyRequestsException", "Message": ""}}, "Invoke"),
        ReadTimeoutError(endpoint_url="https://lambda"),
    ],
    ids=["died", "throttled", "silent"],
)
def test_a_shard_of_which_nothing_is_known_is_unavailable(answer: dict[str, Any] | Exception) -> None:
    with pytest.raises(DependencyUnavailable):
        shards(answer)[0].scrape([running()])


@pytest.mark.parametrize("code", ["TooManyRequestsException", "RequestTooLargeException", "AccessDeniedException"])
def test_whatever_is_wrong_with_a_shard_its_instances_were_not_read(code: str) -> None:
    made, _ = shards(ClientError({"Error": {"Code": code, "Message": ""}}, "Invoke"))
    run = scrape_all([[running()], [running("inst_a2"), running("inst_a3", organization_id=POOL)]], made)
    assert run.figures == FleetFigures(running=2, not_read=3)
    assert len(run.errors) == 2


def test_figures_add_up() -> None:
    doubled = FleetFigures(4, 2, 2, 14, 6, 2_000, 4_000, Counters(20, 2000, 4000, 10, 4, 2, 6, 8, 12, 14))
    assert doubled == FIGURES + FIGURES
