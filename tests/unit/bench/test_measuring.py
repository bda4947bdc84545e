"""How the bench measures."""

import json
from pathlib import Path

from swiftcache.fleet.orphans import ResourceKind
from tests.bench import packages
from tests.bench.load import Load
from tests.bench.passes import Everything
from tests.bench.records import EACH, seed
from tests.bench.table import Table
from tests.bench.timing import alternately


def test_actions_take_turns_after_one_that_is_not_measured() -> None:
    done: list[str] = []
    times = alternately(2, lambda: done.append("a"), lambda: done.append("b"))
    assert done == ["a", "b", "a", "b", "a", "b"]
    assert [len(each.wall) for each in times] == [len(each.cpu) for each in times] == [2, 2]


def test_loads_add_up() -> None:
    both = Load([1.0, 3.0], 1.0) + Load([2.0], 0.5)
    assert both.per_second == 2
    assert both.p50 == 2


def test_what_is_locked_for_another_python_is_not_in_the_layer(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        "old==1.0 ; python_version < '3' \\\n    --hash=sha256:00\nnew==2.0 \\\n    --hash=sha256:00\n    # via this\n"
    )
    assert packages.locked(requirements) == ["new"]


def test_a_layer_is_its_own_code_and_its_libraries_as_installed_and_smaller_as_a_zip(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("value = 1\n" * 1000)
    (tmp_path / "requirements.txt").write_text("annotated-types==0.0\n")
    layer, own = packages.of_layer(tmp_path), packages.of_function(tmp_path)
    assert layer.unpacked > own.unpacked > 10_000
    assert layer.zipped < layer.unpacked


def test_the_made_up_world_has_something_of_every_instance_of_the_fleet() -> None:
    everything = Everything(ResourceKind.TASK, 250)
    table = Table()
    seed(table, [EACH, EACH, 50])
    found: list[str] = []
    token: str | None = None
    while token or not found:
        resources, token = everything.page(token)
        found += [resource.owner for resource in resources]
    fleet = {"KeyConditionExpression": "fleet = :fleet", "ExpressionAttributeValues": {":fleet": {"S": "FLEET"}}}
    items = json.loads(table.answer("Query", {"IndexName": "Fleet", **fleet}))["Items"]
    assert sorted(found) == sorted(item["id"]["S"] for item in items)
