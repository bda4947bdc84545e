"""One step after another, a declaration comes true; or what it has made is removed."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.declarations.model import Declaration, DeclarationRefused, DeclaredInstanceFailed, Kind, Progress
from swiftcache.declarations.service import DeclarationService
from tests.fakes.declarations import HOST, FakeInstanceApi, FakeKeySecrets, an_instance_body
from tests.samples import ORGANIZATION

LEAST = {"Name": "sessions", "MaxMemory": "268435456", "Region": "eu-central"}
NEW = "inst_new1"
FAILURE = {"code": "NO_CAPACITY", "message": "AWS had no capacity."}


def a_declaration(kind: Kind = Kind.CREATE, **different: Any) -> Declaration:
    physical_id = "" if kind is Kind.CREATE else "inst_a1"
    old = LEAST if kind is Kind.UPDATE else {}
    given = Declaration(kind, ORGANIZATION, "request-1", "arn:stack", "Cache", physical_id, LEAST, old)
    return replace(given, **different)


class World:
    def __init__(self) -> None:
        self.api = FakeInstanceApi()
        self.secrets = FakeKeySecrets()
        self.service = DeclarationService(self.api, self.secrets)

    def apply(self, declaration: Declaration, progress: Progress | None = None) -> Progress:
        return self.service.apply(declaration, progress or Progress())

    def undo(self, declaration: Declaration, progress: Progress | None = None, *, refused: bool = False) -> Progress:
        return self.service.undo(declaration, progress or Progress(), refused=refused)

    def with_instance(self, **different: Any) -> None:
        body = an_instance_body(**different)
        self.api.instances[body["id"]] = body
        self.secrets.keep(ORGANIZATION, body["id"], "sc_live_0")

    def asked(self) -> list[str]:
        return [str(call[0]) for call in self.api.calls]


@pytest.fixture
def world() -> World:
    return World()


def test_a_creation_is_settled_when_its_instance_runs_and_its_secret_says_how_to_connect(world: World) -> None:
    given = a_declaration()
    begun = world.apply(given)
    assert (begun.settled, begun.instance_id, begun.made) == (False, NEW, True)
    assert world.apply(given, begun) == begun
    world.api.run(NEW)
    done = world.apply(given, begun)
    assert done.settled
    assert done.attributes == {
        "InstanceId": NEW,
        "Host": HOST,
        "Port": "6379",
        "SecretArn": f"arn:secret:{NEW}",
        "Engine": "redis",
        "Drift": "none",
    }
    assert world.secrets.values[ORGANIZATION, NEW] == {
        "username": "default",
        "password": "sc_live_1",
        "host": HOST,
        "port": 6379,
        "url": f"rediss://default:sc_live_1@{HOST}:6379",
    }


def test_a_creation_whose_answer_was_lost_makes_no_second_instance(world: World) -> None:
    assert world.apply(a_declaration()) == world.apply(a_declaration())
    assert list(world.api.instances) == [NEW]
    assert [call[1] for call in world.api.calls] == ["request-1", "request-1"]


def test_the_plain_key_is_in_nothing_that_a_step_answers(world: World) -> None:
    begun = world.apply(a_declaration())
    world.api.run(NEW)
    assert "sc_live" not in f"{begun} {world.apply(a_declaration(), begun)}"
    assert "sc_live_1" in world.secrets.text()


def test_a_creation_that_fails_ends_with_the_instances_own_words(world: World) -> None:
    begun = world.apply(a_declaration())
    world.api.become(NEW, status="ERROR", error=FAILURE)
    with pytest.raises(DeclaredInstanceFailed, match=f"NO_CAPACITY: {NEW}: AWS had no capacity"):
        world.apply(a_declaration(), begun)


@pytest.mark.parametrize("status", ["DELETING", None])
def test_a_creation_whose_instance_is_deleted_meanwhile_fails(world: World, status: str | None) -> None:
    begun = world.apply(a_declaration())
    if status:
        world.api.become(NEW, status=status)
    else:
        del world.api.instances[NEW]
    with pytest.raises(DeclaredInstanceFailed, match="INSTANCE_DELETED"):
        world.apply(a_declaration(), begun)


def test_who_names_no_organization_is_told_where_it_belongs(world: World) -> None:
    with pytest.raises(DeclarationRefused, match="NO_ORGANIZATION: ServiceToken is the function's ARN with"):
        world.apply(a_declaration(organization_id=""))
    assert world.asked() == []


def test_a_changed_template_changes_the_instance_in_place(world: World) -> None:
    world.with_instance()
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"EvictionPolicy": "noeviction"})
    begun = world.apply(given)
    assert world.api.calls == [("change", "inst_a1", {"evictionPolicy": "noeviction"})]
    done = world.apply(given, begun)
    assert (done.settled, done.instance_id, done.made) == (True, "inst_a1", False)
    assert done.attributes["SecretArn"] == "arn:secret:inst_a1"


def test_a_template_that_says_the_same_asks_for_nothing(world: World) -> None:
    world.with_instance()
    done = world.apply(a_declaration(Kind.UPDATE), world.apply(a_declaration(Kind.UPDATE)))
    assert (done.settled, world.asked()) == (True, [])


def test_what_somebody_has_changed_by_hand_is_said_and_mended(world: World) -> None:
    world.with_instance(evictionPolicy="noeviction")
    given = LEAST | {"EvictionPolicy": "allkeys-lru"}
    declaration = a_declaration(Kind.UPDATE, properties=given | {"Refresh": "2"}, old_properties=given)
    done = world.apply(declaration, world.apply(declaration))
    assert done.attributes["Drift"] == "EvictionPolicy: declared 'allkeys-lru', found 'noeviction'"
    assert world.api.instances["inst_a1"]["evictionPolicy"] == "allkeys-lru"


def test_only_who_allows_it_has_data_evicted(world: World) -> None:
    world.with_instance()
    world.apply(a_declaration(Kind.UPDATE, properties=LEAST | {"MaxMemory": "134217728", "AllowEviction": "true"}))
    assert world.api.calls == [("change", "inst_a1", {"maxMemory": 134217728, "allowEviction": True})]


def test_a_change_waits_until_another_has_ended(world: World) -> None:
    world.with_instance()
    world.api.busy = 1
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"MaxMemory": "536870912"})
    waiting = world.apply(given)
    assert (waiting.settled, waiting.instance_id) == (False, "")
    assert world.apply(given, waiting).asked


def test_a_change_that_fails_ends_with_its_own_words_and_an_earlier_failure_does_not_count(world: World) -> None:
    failed = {"id": "chg_1", "status": "FAILED", "error": FAILURE}
    world.with_instance(change=failed)
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"MaxMemory": "536870912"})
    assert world.apply(given, Progress(instance_id="inst_a1", asked=True, change_id="chg_2")).settled
    with pytest.raises(DeclaredInstanceFailed, match="NO_CAPACITY"):
        world.apply(given, Progress(instance_id="inst_a1", asked=True, change_id="chg_1"))


def test_an_update_of_the_record_alone_does_not_end_with_a_change_that_failed_long_ago(world: World) -> None:
    world.with_instance(change={"id": "chg_1", "status": "FAILED", "error": FAILURE})
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"Name": "renamed"})
    assert world.apply(given, world.apply(given)).settled


def test_other_networks_are_waited_for_until_they_are_in_force(world: World) -> None:
    world.with_instance(allowedCidrs=["10.2.0.0/16"], allowedCidrsInForce=False)
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"AllowedCidrs": ["10.2.0.0/16"]})
    begun = world.apply(given)
    assert world.apply(given, begun) == begun
    world.api.instances["inst_a1"]["allowedCidrsInForce"] = True
    assert world.apply(given, begun).settled


def test_a_change_under_way_is_waited_for(world: World) -> None:
    world.with_instance(change={"id": "chg_1", "status": "IN_PROGRESS", "error": None})
    begun = Progress(instance_id="inst_a1", asked=True, change_id="chg_1")
    assert world.apply(a_declaration(Kind.UPDATE), begun) == begun


def test_what_cannot_change_makes_another_instance_and_leaves_the_old_one_to_cloudformation(world: World) -> None:
    world.with_instance()
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"Persistence": "true"})
    begun = world.apply(given)
    world.api.run(NEW)
    done = world.apply(given, begun)
    assert (done.settled, done.instance_id, world.asked()) == (True, NEW, ["create"])


@pytest.mark.parametrize("found", [None, {"status": "DELETING"}, {"status": "ERROR"}])
def test_what_somebody_has_deleted_or_has_failed_is_made_again(world: World, found: dict[str, Any] | None) -> None:
    if found:
        world.with_instance(**found)
    begun = world.apply(a_declaration(Kind.UPDATE))
    world.api.run(NEW)
    done = world.apply(a_declaration(Kind.UPDATE), begun)
    assert (done.instance_id, done.attributes["Drift"]) == (NEW, "inst_a1 is gone: another takes its place")


def test_data_that_are_kept_on_the_volume_of_a_failed_instance_are_not_given_up(world: World) -> None:
    world.with_instance(status="ERROR", persistence=True)
    with pytest.raises(DeclarationRefused, match="INSTANCE_IN_ERROR: inst_a1 has failed, and its volume is kept"):
        world.apply(a_declaration(Kind.UPDATE))
    assert world.asked() == []


def test_an_instance_of_another_organization_is_one_that_is_not_there(world: World) -> None:
    world.with_instance(organizationId="org_other")
    assert world.apply(a_declaration(Kind.DELETE)).settled
    world.apply(a_declaration(Kind.UPDATE))
    assert world.asked() == ["create"]
    assert world.api.instances["inst_a1"]["status"] == "RUNNING"


def test_a_secret_that_somebody_has_deleted_is_made_again_with_another_key(world: World) -> None:
    world.with_instance()
    world.secrets.values.clear()
    done = world.apply(a_declaration(Kind.UPDATE), Progress(instance_id="inst_a1"))
    assert (done.settled, world.api.calls) == (True, [("create_key", "inst_a1", "request-1-key")])
    assert world.secrets.values[ORGANIZATION, "inst_a1"]["password"] == "sc_live_another"


def test_a_deletion_is_settled_when_the_instance_and_its_secret_are_gone(world: World) -> None:
    world.with_instance()
    given = a_declaration(Kind.DELETE)
    begun = world.apply(given)
    assert world.apply(given, begun) == begun
    del world.api.instances["inst_a1"]
    assert world.apply(given, begun).settled
    assert (world.asked(), world.secrets.values) == (["delete"], {})


def test_a_deletion_with_a_backup_waits_for_it_and_says_why_there_is_none(world: World) -> None:
    world.with_instance()
    given = a_declaration(Kind.DELETE, properties=LEAST | {"FinalBackup": "required"})
    begun = world.apply(given)
    assert (world.api.calls, world.apply(given, begun)) == ([("delete", "inst_a1", "required")], begun)
    world.api.become("inst_a1", finalBackupError={"code": "BACKUP_TIMED_OUT", "message": "It was too slow."})
    with pytest.raises(DeclaredInstanceFailed, match="BACKUP_TIMED_OUT: inst_a1: It was too slow"):
        world.apply(given, begun)


@pytest.mark.parametrize("physical_id", ["not-created-request-0", "stack-Cache-1ABC", "inst_", "../inst_a1"])
def test_the_deletion_of_what_never_was_does_nothing(world: World, physical_id: str) -> None:
    assert world.apply(a_declaration(Kind.DELETE, physical_id=physical_id)).settled
    assert world.asked() == []


def test_a_failed_creation_is_removed_with_its_secret(world: World) -> None:
    begun = world.apply(a_declaration())
    world.api.become(NEW, deletionProtection=True)
    going = world.undo(a_declaration(), begun)
    assert (going.settled, world.asked()) == (False, ["create", "change", "delete"])
    assert not world.undo(a_declaration(), going).settled
    del world.api.instances[NEW]
    assert world.undo(a_declaration(), going).settled
    assert world.secrets.values == {}


def test_what_a_lost_answer_has_made_is_found_again_and_removed(world: World) -> None:
    world.apply(a_declaration())
    found = world.undo(a_declaration())
    assert (found.settled, found.instance_id, found.made) == (False, NEW, True)
    assert world.undo(a_declaration(), found) == found
    assert world.api.instances[NEW]["status"] == "DELETING"


def test_what_was_refused_made_nothing(world: World) -> None:
    assert world.undo(a_declaration(), refused=True).settled
    assert world.asked() == []


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.DELETE])
def test_an_instance_that_the_request_has_not_made_is_never_removed_by_its_failure(world: World, kind: Kind) -> None:
    world.with_instance()
    for progress in (Progress(), Progress(instance_id="inst_a1", asked=True)):
        assert world.undo(a_declaration(kind), progress).settled
    assert world.asked() == []


def test_another_instance_that_was_made_for_a_failed_replacement_is_found_and_removed(world: World) -> None:
    world.with_instance()
    given = a_declaration(Kind.UPDATE, properties=LEAST | {"Persistence": "true"})
    world.apply(given)
    world.undo(given, world.undo(given))
    assert [world.api.instances[each]["status"] for each in (NEW, "inst_a1")] == ["DELETING", "RUNNING"]
