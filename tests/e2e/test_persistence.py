"""An instance whose data are kept, from outside."""

from tests.e2e.api import Api
from tests.e2e.leftovers import NothingLeft, left_of
from tests.e2e.stack import Stack


def test_an_instance_whose_data_are_kept_lives_and_leaves_no_volume(
    stack: Stack, api: Api, nothing_left: NothingLeft
) -> None:
    created = api.create(persistence=True)
    instance = api.wait(created.id)
    assert (created.body["instance"]["persistence"], instance["persistence"]) == (True, True)
    with stack.redis(instance, created.key) as client:
        client.set("kept", "yes")
    kinds = {thing.partition(":")[0] for thing in left_of(stack, created.id)}
    assert {"volume", "folder"} <= kinds
    api.delete(created.id)
    api.wait_gone(created.id)
    nothing_left(instance)
