"""Which event the bench sends to a function first."""

from local import template as templates
from tests.bench.cold_start import EVENTS, event_of
from tests.bench.servers import PROJECT


def test_every_function_of_the_template_has_a_sample_event() -> None:
    functions = templates.read_beside(PROJECT / "template.yaml").functions
    assert set(EVENTS) <= set(functions)
    assert [name for name in functions if not (PROJECT / "events" / f"{event_of(name)}.json").is_file()] == []


def test_an_event_is_named_after_its_function() -> None:
    assert event_of("CollectMetricsFunction") == "collect_metrics"
