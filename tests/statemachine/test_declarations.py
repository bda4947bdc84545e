"""Instances that stacks declare: the real machine, a real API, and CloudFormation's answers at a real address."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from tests.receiver import answers as answers_with
from tests.statemachine.cloud import Answer, Cloud, fails, loses_reply
from tests.statemachine.declaring import LEAST, Stacks, stacks
from tests.statemachine.paths import tasks

STRAIGHT = ("ApplyDeclaration", "TellStack")
LARGER = 2 * MIN_MEMORY


@pytest.fixture
def one(cloud: Cloud) -> Iterator[Stacks]:
    with stacks(cloud) as one:
        yield one


def only(one: Stacks) -> str:
    """The id of the organization's only instance."""
    [instance] = instances(one.cloud.injector).page(one.owner.id, 2, None).instances
    return instance.id


def assert_nothing(one: Stacks) -> None:
    one.cloud.quiet()
    assert (one.owner.statuses(), one.secrets()) == ([], {})


def test_a_stack_gets_an_instance_and_the_arn_of_a_secret_that_opens_it(one: Stacks) -> None:
    event = one.request("Create")
    one.send(event)
    answer = one.answer(event)
    instance_id = only(one)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", instance_id)
    assert answer["Data"]["SecretArn"].startswith(
        f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:swiftcache/declared/{one.owner.id}/{instance_id}-"
    )
    kept = one.secrets()[instance_id]
    assert (kept["host"], kept["port"]) == (answer["Data"]["Host"], int(answer["Data"]["Port"]))
    assert kept["url"] == f"rediss://default:{kept['password']}@{kept['host']}:{kept['port']}"
    one.cloud.quiet()
    assert one.ended(event) == [("SUCCEEDED", None)]
    told = json.dumps([answer, event["ResponseURL"].partition("?")[2]])
    history = one.input_of(event)
    assert kept["password"] not in told + history
    assert "X-Amz-Signature" not in history


def test_a_declared_instance_is_changed_replaced_and_deleted_as_its_template_says(one: Stacks) -> None:
    first = one.asked("Create")["PhysicalResourceId"]
    changed = one.asked("Update", first, EvictionPolicy="noeviction", MaxMemory=str(LARGER))
    assert (changed["Status"], changed["PhysicalResourceId"]) == ("SUCCESS", first)
    found = instances(one.cloud.injector).get(one.owner.id, first)
    assert found is not None
    assert (found.eviction_policy, found.max_memory) == ("noeviction", LARGER)

    second = one.asked("Update", first, Persistence="true")["PhysicalResourceId"]
    assert second != first
    assert set(one.secrets()) == {first, second}
    # As CloudFormation cleans up.
    assert one.asked("Delete", first)["Status"] == "SUCCESS"
    assert (only(one), set(one.secrets())) == (second, {second})
    assert one.asked("Delete", second)["Status"] == "SUCCESS"
    assert_nothing(one)


def test_what_was_changed_by_hand_is_said_and_mended_by_the_next_update(one: Stacks) -> None:
    declared = {**LEAST, "DeletionProtection": "false"}
    instance_id = one.asked("Create", DeletionProtection="false")["PhysicalResourceId"]
    one.asked("Update", instance_id, old=declared, DeletionProtection="true")
    answer = one.asked("Update", instance_id, old=declared, DeletionProtection="false", Refresh="2")
    assert answer["Data"]["Drift"] == "DeletionProtection: declared False, found True"
    assert one.asked("Update", instance_id, old=declared, DeletionProtection="false")["Data"]["Drift"] == "none"


@pytest.mark.parametrize("state", STRAIGHT)
@pytest.mark.parametrize("times", [1, 3])
def test_a_step_whose_reply_is_lost_runs_again_and_makes_one_instance(one: Stacks, state: str, times: int) -> None:
    one.cloud.faults.plan(state, *[loses_reply] * times)
    event = one.request("Create")
    one.send(event)
    one.answer(event)
    one.cloud.quiet()
    assert one.ended(event) == [("SUCCEEDED", None)]
    assert {(answer["Status"], answer["PhysicalResourceId"]) for answer in one.answers(event)} == {
        ("SUCCESS", only(one))
    }
    assert list(one.secrets()) == [only(one)]


@pytest.mark.parametrize("state", STRAIGHT)
def test_a_step_that_runs_twice_makes_one_instance(one: Stacks, state: str) -> None:
    def twice(answer: Answer) -> object:
        answer()
        return answer()

    one.cloud.faults.plan(state, twice)
    assert one.asked("Create")["PhysicalResourceId"] == only(one)


def test_a_request_that_lambda_brings_twice_is_worked_on_once(one: Stacks) -> None:
    event = one.request("Create")
    one.send(event)
    one.send(event)
    answer = one.answer(event)
    one.send(event)
    one.cloud.quiet()
    assert answer["PhysicalResourceId"] == only(one)
    assert len(one.answers(event)) == len(one.ended(event)) == 1


def test_an_answer_that_is_not_taken_at_once_is_sent_again(one: Stacks) -> None:
    one.receiver.behaviours = [answers_with(503), answers_with(500)]
    event = one.request("Create")
    one.send(event)
    one.answer(event)
    one.cloud.quiet()
    told = one.answers(event)
    assert (len(told), one.ended(event)) == (3, [("SUCCEEDED", None)])
    assert all(each == told[0] for each in told)


def test_an_instance_of_which_cloudformation_refuses_to_hear_is_removed_and_the_first_error_kept(one: Stacks) -> None:
    one.receiver.otherwise = answers_with(403)
    event = one.request("Create")
    one.send(event)
    one.answer(event)
    assert_nothing(one)
    assert one.ended(event) == [("FAILED", "AnswerRefused")]


def test_a_creation_that_fails_answers_the_instances_error_and_leaves_nothing(one: Stacks) -> None:
    one.cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
    event = one.request("Create", DeletionProtection="true")
    one.send(event)
    answer = one.answer(event)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", f"not-created-{event['RequestId']}")
    assert "VERIFICATION_FAILED: inst_" in answer["Reason"]
    assert_nothing(one)
    assert one.ended(event) == [("FAILED", "DeclaredInstanceFailed")]
    # As CloudFormation then deletes what it was told of.
    assert one.asked("Delete", answer["PhysicalResourceId"])["Status"] == "SUCCESS"


def test_a_creation_whose_answers_are_all_lost_is_found_again_and_removed(one: Stacks) -> None:
    one.cloud.faults.plan("ApplyDeclaration", *[loses_reply] * 5)
    event = one.request("Create")
    one.send(event)
    answer = one.answer(event)
    assert answer["Status"] == "FAILED"
    assert_nothing(one)
    assert one.ended(event) == [("FAILED", "States.Timeout")]


def test_a_creation_whose_instance_is_deleted_meanwhile_says_so(one: Stacks) -> None:
    def deleted(answer: Answer) -> object:
        one.cloud.faults.plan("VerifyRedis")
        [found] = instances(one.cloud.injector).page(one.owner.id, 2, None).instances
        one.delete(found.id)
        return answer()

    one.cloud.faults.plan("VerifyRedis", deleted)
    event = one.request("Create")
    one.send(event)
    answer = one.answer(event)
    assert answer["Status"] == "FAILED"
    assert "INSTANCE_DELETED" in answer["Reason"]
    assert_nothing(one)


@pytest.mark.parametrize(
    ("name", "why"),
    [("MaxMemory", "INVALID_VALUE: maxMemory is in bytes"), ("Memory", "INVALID_PROPERTY: Memory is not known")],
)
def test_what_is_declared_wrongly_is_told_and_rings_no_alarm(one: Stacks, name: str, why: str) -> None:
    given: dict[str, Any] = {name: "1"}
    event = one.request("Create", **given)
    one.send(event)
    answer = one.answer(event)
    assert (answer["Status"], answer["Reason"].startswith(why)) == ("FAILED", True)
    assert_nothing(one)
    assert one.ended(event) == [("SUCCEEDED", None)]


def test_a_change_that_is_refused_leaves_the_instance_and_its_id(one: Stacks) -> None:
    instance_id = one.asked("Create")["PhysicalResourceId"]
    answer = one.asked("Update", instance_id, MaxMemory="1")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", instance_id)
    assert one.owner.statuses() == ["RUNNING"]


def test_a_replacement_that_fails_removes_the_new_instance_and_keeps_the_old_one(one: Stacks) -> None:
    first = one.asked("Create")["PhysicalResourceId"]
    one.cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
    answer = one.asked("Update", first, Persistence="true")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", first)
    assert (only(one), list(one.secrets())) == (first, [first])


def test_a_deletion_that_is_not_allowed_says_why_and_a_later_one_goes_on(one: Stacks) -> None:
    instance_id = one.asked("Create", DeletionProtection="true")["PhysicalResourceId"]
    answer = one.asked("Delete", instance_id)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("DELETION_PROTECTED")
    one.asked("Update", instance_id, old={**LEAST, "DeletionProtection": "true"})
    assert one.asked("Delete", instance_id)["Status"] == "SUCCESS"
    assert_nothing(one)


def test_what_somebody_has_deleted_is_gone_for_its_stack_too(one: Stacks) -> None:
    instance_id = one.asked("Create")["PhysicalResourceId"]
    one.delete(instance_id)
    one.owner.wait(lambda found: found.statuses() == [])
    assert one.asked("Delete", instance_id)["Status"] == "SUCCESS"
    assert_nothing(one)


def test_no_stack_reaches_another_organizations_instance_or_its_secret(one: Stacks, cloud: Cloud) -> None:
    theirs = one.asked("Create")["PhysicalResourceId"]
    with stacks(cloud) as other:
        assert other.asked("Delete", theirs)["Status"] == "SUCCESS"
        made = other.asked("Update", theirs)
        assert made["PhysicalResourceId"] not in (theirs, "")
        assert made["Data"]["Drift"] == f"{theirs} is gone: another takes its place"
    assert (only(one), list(one.secrets())) == (theirs, [theirs])


@pytest.mark.parametrize(
    ("alias", "why"), [("", "NO_ORGANIZATION: "), ("live", "NO_ORGANIZATION: "), ("org_unknown", "NOT_AUTHORIZED: ")]
)
def test_who_was_let_to_no_organization_gets_nothing(one: Stacks, alias: str, why: str) -> None:
    event = one.request("Create")
    one.send(event, alias)
    answer = one.answer(event)
    assert (answer["Status"], answer["Reason"].startswith(why)) == ("FAILED", True)


def test_an_account_key_that_was_kept_for_the_wrong_organization_opens_nothing(one: Stacks, cloud: Cloud) -> None:
    theirs = one.asked("Create")["PhysicalResourceId"]
    client = cloud.client("secretsmanager")
    with stacks(cloud) as other:
        client.put_secret_value(SecretId=f"swiftcache/declaring/{other.owner.id}", SecretString=one.owner.plain_key)
        assert other.asked("Create")["Reason"].startswith("NOT_FOUND")
        assert other.asked("Delete", theirs)["Status"] == "SUCCESS"
    assert one.owner.statuses() == ["RUNNING"]


def test_a_wait_that_takes_too_long_is_given_up_within_cloudformations_time(one: Stacks) -> None:
    event = one.request("Create", ServiceTimeout="10")

    def comes_later(answer: Answer) -> object:
        one.answer(event)
        return answer()

    one.cloud.faults.plan("VerifyRedis", comes_later)
    one.send(event)
    answer = one.answer(event)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("TIMED_OUT: it was not done after 8 seconds. inst_")
    assert "could not be removed: delete it yourself" in answer["Reason"]
    # Its deletion has begun, and goes on by itself.
    assert_nothing(one)
    assert one.ended(event) == [("FAILED", "DeclarationTimedOut")]


def test_each_call_of_the_machine_is_in_a_test() -> None:
    assert set(tasks("declare_instance")) == {*STRAIGHT, "UndoDeclaration", "TellFailure"}


@pytest.mark.parametrize("state", ["UndoDeclaration", "TellFailure"])
def test_removing_and_telling_go_on_when_a_reply_is_lost(one: Stacks, state: str) -> None:
    one.cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
    one.cloud.faults.plan(state, loses_reply)
    event = one.request("Create")
    one.send(event)
    one.answer(event)
    assert_nothing(one)
    assert one.ended(event) == [("FAILED", "DeclaredInstanceFailed")]


def test_what_cannot_be_removed_is_named_to_the_stack(one: Stacks) -> None:
    one.cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
    one.cloud.faults.plan("UndoDeclaration", fails("Injected"))
    event = one.request("Create")
    one.send(event)
    answer = one.answer(event)
    assert f"{only(one)} could not be removed: delete it yourself" in answer["Reason"]
