"""What the bench counts of an instance's life, by the real functions."""

from tests.bench.real_calls import count


def test_each_operation_is_counted_with_its_functions_and_its_requests_to_the_table() -> None:
    found = count(lambda _: None)
    assert set(found) == {"cold create", "resize", "recovery", "delete"}
    for made in found.values():
        assert made.invocations["RelayChangesFunction"] > 0
        assert made.writes > 0
        assert made.reads > 0
        assert made.events > 0
