"""What the operator sees of rollouts, and does about them."""

from dataclasses import replace

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.platform.errors import NotFound, RecordChanged, RolloutEnded
from swiftcache.rollouts.model import RolloutStatus, Trouble, TroubleKind, Why, WhyCode
from swiftcache.rollouts.service import RolloutService
from tests import api_world
from tests.api_world import Answer
from tests.fakes.rollouts import FakeRollouts
from tests.samples import AT, NOW, a_caller, a_rollout, an_account

TOKEN = "sk_live_of_the_operator"
TROUBLE = Trouble(TroubleKind.WORSE, "inst_a1", "chg_1", "OUT_OF_MEMORY")
STOPPED = a_rollout(
    id="rol_abc123xyz",
    status=RolloutStatus.STOPPED,
    wave=2,
    canary="inst_c3",
    replaced=4,
    troubles=(TROUBLE,),
    why=Why(WhyCode.TOO_MANY_TROUBLES, "two are worse"),
)
EARLIER = a_rollout(id="rol_0", status=RolloutStatus.SUCCEEDED, started_at="2026-01-01T00:00:00.000Z")


@pytest.fixture
def world() -> api_world.World:
    world = api_world.World()
    an_account(world.accounts, "org_operator", TOKEN, Role.OPERATOR)
    world.rollouts.kept.append(EARLIER)
    world.rollouts.store(STOPPED)
    return world


def send(world: api_world.World, name: str, **changes: str) -> Answer:
    return world.send(name, headers={"authorization": f"Bearer {TOKEN}"}, **changes)


def test_the_operator_sees_all_rollouts_newest_first_with_why_one_has_stopped(world: api_world.World) -> None:
    first, second = send(world, "list_rollouts").body["rollouts"]
    assert first == {
        "id": "rol_abc123xyz",
        "engine": "redis",
        "version": "7.2.16",
        "status": "STOPPED",
        "why": {"code": "TOO_MANY_TROUBLES", "message": "two are worse"},
        "startedAt": AT,
        "changedAt": AT,
        "wave": 2,
        "waves": 5,
        "share": 0.05,
        "waveBeganAt": AT,
        "waveEndedAt": None,
        "canary": "inst_c3",
        "total": 100,
        "waiting": 0,
        "replaced": 4,
        "failed": 0,
        "worse": 1,
        "troubles": [
            {
                "kind": "WORSE",
                "instanceId": "inst_a1",
                "changeId": "chg_1",
                "cause": "OUT_OF_MEMORY",
                "known": False,
            }
        ],
    }
    assert (second["id"], second["why"]) == ("rol_0", None)


def test_one_that_has_stopped_goes_on_and_knows_its_troubles(world: api_world.World) -> None:
    for _ in range(2):
        answer = send(world, "resume_rollout")
        assert answer.status == 200
        assert (answer.body["rollout"]["status"], answer.body["rollout"]["why"]) == ("IN_PROGRESS", None)
    assert world.rollouts.stored is not None
    assert world.rollouts.stored.troubles == (replace(TROUBLE, known=True),)
    assert world.rollouts.stored.revision == 2


def test_one_that_is_given_up_says_so_however_often_it_is_asked(world: api_world.World) -> None:
    for _ in range(2):
        answer = send(world, "abandon_rollout")
        assert (answer.status, answer.body["rollout"]["why"]["code"]) == (200, "GIVEN_UP")
    assert world.rollouts.stored is not None
    world.rollouts.end(world.rollouts.stored)
    assert send(world, "abandon_rollout").body["rollout"]["status"] == "ABANDONED"


def test_one_that_is_given_up_cannot_go_on(world: api_world.World) -> None:
    send(world, "abandon_rollout")
    answer = send(world, "resume_rollout")
    assert (answer.status, answer.body["code"]) == (409, "ROLLOUT_ENDED")


def test_one_that_has_come_to_its_end_can_neither_go_on_nor_be_given_up(world: api_world.World) -> None:
    service = RolloutService(world.rollouts, lambda: NOW)
    for step in (service.resume, service.abandon):
        with pytest.raises(RolloutEnded):
            step(a_caller(), "rol_0")
        with pytest.raises(NotFound):
            step(a_caller(), "rol_unknown")


def test_one_that_is_undone_goes_back_however_often_it_is_asked(world: api_world.World) -> None:
    for _ in range(2):
        answer = send(world, "undo_rollout")
        assert (answer.status, answer.body["rollout"]["status"], answer.body["rollout"]["why"]) == (
            200,
            "UNDOING",
            None,
        )
    assert world.rollouts.stored is not None
    assert world.rollouts.stored.revision == 2
    world.rollouts.end(replace(world.rollouts.stored, status=RolloutStatus.UNDONE))
    assert send(world, "undo_rollout").body["rollout"]["status"] == "UNDONE"
    assert world.rollouts.stored is None


def test_one_that_is_undone_can_be_given_up_and_cannot_go_on(world: api_world.World) -> None:
    send(world, "undo_rollout")
    assert send(world, "resume_rollout").body["code"] == "ROLLOUT_ENDED"
    assert send(world, "abandon_rollout").body["rollout"]["status"] == "ABANDONED"


def test_one_that_has_ended_is_current_again_when_it_is_undone(world: api_world.World) -> None:
    world.rollouts.end(replace(STOPPED, revision=1))
    service = RolloutService(world.rollouts, lambda: NOW)
    after = service.undo(a_caller(), "rol_0")
    assert (after.status, world.rollouts.stored) == (RolloutStatus.UNDOING, after)
    assert [one.id for one in service.all()] == ["rol_0", STOPPED.id]


def test_another_rollout_that_goes_on_is_named_to_who_undoes_an_earlier_one(world: api_world.World) -> None:
    answer = send(world, "undo_rollout", path="/api/v1/operations/rollouts/rol_0/undo")
    assert (answer.status, answer.body["code"]) == (409, "ROLLOUT_IN_PROGRESS")
    assert STOPPED.id in answer.body["detail"]


def test_what_the_operator_does_is_in_the_audit_log_of_their_organization(world: api_world.World) -> None:
    for name in ("resume_rollout", "undo_rollout", "undo_rollout", "abandon_rollout"):
        send(world, name)
    told = [(one.organization_id, one.action, one.target_id, one.target_name) for one in world.rollouts.audit]
    assert told == [
        ("org_operator", action, STOPPED.id, "redis 7.2.16")
        for action in (Action.ROLLOUT_RESUMED, Action.ROLLOUT_UNDOING, Action.ROLLOUT_ABANDONED)
    ]
    first = world.rollouts.audit[0]
    assert first.actor_role == "operator"
    assert first.details == {"statusFrom": "STOPPED", "why": "TOO_MANY_TROUBLES", "replaced": 4}


def test_an_unknown_rollout_is_not_found(world: api_world.World) -> None:
    answer = send(world, "resume_rollout", path="/api/v1/operations/rollouts/rol_unknown/resume")
    assert answer.status == 404


def test_a_pass_that_comes_between_is_not_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    record = FakeRollouts()
    kept, store = record.store(STOPPED), record.store

    def meanwhile(*_: object) -> object:
        monkeypatch.setattr(record, "store", store)
        store(replace(kept, replaced=5))
        raise RecordChanged("a pass was faster")

    monkeypatch.setattr(record, "store", meanwhile)
    after = RolloutService(record, lambda: NOW).resume(a_caller(), STOPPED.id)
    assert (after.status, after.replaced, after.revision) == (RolloutStatus.IN_PROGRESS, 5, 3)


def test_one_that_ends_between_two_reads_is_listed_once() -> None:
    record = FakeRollouts()
    record.kept.append(record.store(EARLIER))
    assert [rollout.id for rollout in RolloutService(record, lambda: NOW).all()] == ["rol_0"]
