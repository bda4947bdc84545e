"""What the bench tells of lives that were measured."""

from tests.bench.life import Baseline, lines_of, stages
from tests.bench.lifecycle import Life
from tests.bench.lines import Goal

LIFECYCLES = [
    Life(0.02, 0.9, 1.0, 0.2, 0.3, 0.1, False),
    Life(0.03, 0.1, 0.2, 0.4, 0.1, 0.3, False),
    Life(0.04, 0.2, 0.3, 0.6, 0.2, 0.2, True),
]
BASELINE = Baseline([0.1, 0.1, 0.2], [0.1, 0.2, 0.1])


def test_each_percentile_has_that_of_the_bare_server_beside_it() -> None:
    lines = {line.name: line for line in lines_of("cold", LIFECYCLES, BASELINE, Goal(8, of_baseline=True))}
    assert (lines["create, cold, p50"].value, lines["create, cold, p50"].baseline) == (300, 100)
    assert (lines["create, cold, p99"].value, lines["create, cold, p99"].baseline) == (1000, 200)
    assert (lines["delete, cold, p50"].value, lines["delete, cold, p50"].baseline) == (400, 100)
    assert round(lines["create, cold, processor time"].value) == 200


def test_the_reason_tells_where_the_time_of_that_very_creation_went() -> None:
    assert stages(LIFECYCLES, 99) == (
        "It is that of round 1: 20 ms for the POST, 880 ms until the long poll says RUNNING, "
        "100 ms for name, TLS and PING."
    )
    assert stages(LIFECYCLES, 50).startswith("It is that of round 3: 40 ms for the POST, 160 ms")
