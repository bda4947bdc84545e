"""DynamoDB's request units, as its documentation counts them."""

from tests.bench.dynamodb_units import Index, Item, read_units, size, write_units

SMALL: Item = {"PK": {"S": "a"}, "SK": {"S": "b"}, "name": {"S": "x" * 100}}
LARGE: Item = {"PK": {"S": "a"}, "SK": {"S": "b"}, "name": {"S": "x" * 1500}}
BY_STATUS = Index(("statusKey",))
BY_NAME = Index(("nameKey",))
DUE = Index(("due", "dueAt"), whole=False)


def test_an_items_size_is_that_of_its_names_and_values() -> None:
    assert size({"PK": {"S": "é"}, "on": {"BOOL": True}, "keys": {"L": [{"M": {"id": {"S": "abc"}}}]}}) == (
        (2 + 2) + (2 + 1) + (4 + 3 + 1 + 3 + 1 + 2 + 3)
    )


def test_a_write_is_a_unit_for_each_kilobyte_of_the_larger_of_both() -> None:
    assert write_units(None, SMALL, []) == 1
    assert write_units(LARGE, SMALL, []) == write_units(SMALL, LARGE, []) == 2


def test_a_deletion_of_what_is_not_there_is_a_unit_all_the_same() -> None:
    assert write_units(None, None, [BY_STATUS]) == 1


def test_an_index_is_written_where_the_item_has_its_key() -> None:
    keyed: Item = {**SMALL, "statusKey": {"S": "RUNNING"}}
    assert write_units(None, keyed, [BY_STATUS, BY_NAME]) == 2
    assert write_units(keyed, {**keyed, "name": {"S": "y"}}, [BY_STATUS]) == 2
    assert write_units(keyed, keyed, [BY_STATUS]) == 1


def test_an_index_is_as_dynamodb_describes_it() -> None:
    keys = [{"AttributeName": name} for name in ("PK", "statusKey")]
    assert Index.of({"KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}) == BY_STATUS
    keys = [{"AttributeName": name} for name in ("due", "dueAt")]
    assert Index.of({"KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}}) == DUE


def test_an_index_of_keys_is_written_only_with_all_of_its_keys_and_when_they_change() -> None:
    due: Item = {**LARGE, "due": {"S": "BACKUPS"}, "dueAt": {"S": "2026"}}
    assert write_units(None, {**LARGE, "due": {"S": "BACKUPS"}}, [DUE]) == 2
    assert write_units(None, due, [DUE]) == 2 + 1
    assert write_units(due, {**due, "name": {"S": "y" * 1500}}, [DUE]) == 2
    assert write_units(due, {**due, "dueAt": {"S": "2027"}}, [DUE]) == 2 + 2


def test_a_changed_key_removes_one_copy_and_makes_another() -> None:
    before, after = ({**SMALL, "statusKey": {"S": status}} for status in ("PROVISIONING", "RUNNING"))
    assert write_units(before, after, [BY_STATUS]) == 3


def test_a_consistent_read_costs_twice_an_eventual_one() -> None:
    assert read_units([SMALL], consistent=True) == 1
    assert read_units([SMALL], consistent=False) == 0.5
    assert read_units([LARGE] * 3, consistent=True) == 2
    assert read_units([], consistent=True) == 1
