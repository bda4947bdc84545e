"""The stack of that name and who asks, as preflight finds them."""

import json

import pytest

from local.preflight.asking import NotAnswered
from local.preflight.credentials import Identity, credentials, identity, refused
from local.preflight.plan import Standing
from local.preflight.stack import stack, standing
from local.preflight.wanted import Wanted
from tests.integration.local.preflight.world import NOW, World, shown


def row(status: str) -> list[str]:
    return shown(stack(Standing(status), "swiftcache")).splitlines()


def test_a_name_that_no_stack_has_is_in_order(world: World) -> None:
    found = standing(world, "swiftcache")
    assert shown(stack(found, "swiftcache")) == "OK    stack  there is none called swiftcache: it will be created"


def test_a_stack_that_stands_is_read_with_its_parameters_and_resources(world: World) -> None:
    template = {
        "Parameters": {"WarmPool": {"Type": "String"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "queue"}}},
    }
    world.aws("cloudformation").create_stack(
        StackName="swiftcache",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "WarmPool", "ParameterValue": "512=2"}],
    )
    found = standing(world, "swiftcache")
    assert found is not None
    assert (found.status, found.parameters, found.is_updated) == ("CREATE_COMPLETE", {"WarmPool": "512=2"}, True)
    assert any(name.endswith("queue") for name in found.resources)
    assert shown(stack(found, "swiftcache")) == "OK    stack  swiftcache is CREATE_COMPLETE: it will be updated"


def test_a_table_that_a_rollback_has_kept_is_the_stacks_no_more(world: World) -> None:
    client = world.stubbed("cloudformation")
    described = {"StackName": "swiftcache", "CreationTime": NOW, "StackStatus": "ROLLBACK_COMPLETE"}
    kept = {
        "LogicalResourceId": "Table",
        "PhysicalResourceId": "swiftcache-Table-OLD",
        "ResourceType": "AWS::DynamoDB::Table",
        "ResourceStatus": "DELETE_SKIPPED",
        "LastUpdatedTimestamp": NOW,
    }
    client.add_response("describe_stacks", {"Stacks": [described]})
    client.add_response("list_stack_resources", {"StackResourceSummaries": [kept]})
    found = standing(world, "swiftcache")
    assert found is not None
    assert (found.resources, found.is_updated) == (frozenset(), False)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"])
def test_a_stack_that_can_be_updated_is_in_order(status: str) -> None:
    assert row(status) == [f"OK    stack  swiftcache is {status}: it will be updated"]


def test_a_stack_that_was_only_planned_is_in_order_and_no_update() -> None:
    assert row("REVIEW_IN_PROGRESS") == [
        "OK    stack  swiftcache is REVIEW_IN_PROGRESS: it has been planned and never created"
    ]
    assert not Standing("REVIEW_IN_PROGRESS").is_updated


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_stack_that_takes_no_update_fails_and_must_be_deleted_first(status: str) -> None:
    assert row(status) == [
        f"FAIL  stack  swiftcache is {status}: it takes no update",
        "             Delete it first; its table and its file system stay, if it got so far:",
        "    $ aws cloudformation delete-stack --stack-name swiftcache",
    ]


def test_a_stack_that_is_being_changed_fails() -> None:
    assert row("UPDATE_IN_PROGRESS") == [
        "FAIL  stack  swiftcache is UPDATE_IN_PROGRESS: somebody is at it",
        "             Wait until that is over:",
        "    $ aws cloudformation describe-stacks --stack-name swiftcache --query 'Stacks[0].StackStatus'",
    ]


def test_a_stack_that_could_not_roll_back_fails() -> None:
    assert row("UPDATE_ROLLBACK_FAILED") == [
        "FAIL  stack  swiftcache is UPDATE_ROLLBACK_FAILED: it takes no update before its rollback is",
        "             finished",
        "             Mend what its events tell, then:",
        "    $ aws cloudformation continue-update-rollback --stack-name swiftcache",
    ]


def said(account: str = "") -> Wanted:
    return Wanted("swiftcache", "eu-central-1", account, "", 0, {})


def test_credentials_tell_who_asks_and_where(world: World) -> None:
    found = identity(world)
    assert shown(credentials(found, said(), "eu-central-1")).splitlines() == [
        "OK    credentials  arn:aws:sts::123456789012:user/moto, account 123456789012, region eu-central-1",
    ]
    assert found.partition == "aws"


def test_credentials_of_another_account_than_is_wanted_fail() -> None:
    found = Identity("arn:aws:iam::123456789012:user/me", "123456789012")
    assert shown(credentials(found, said("999999999999"), "eu-central-1")).splitlines() == [
        "FAIL  credentials  arn:aws:iam::123456789012:user/me, account 123456789012, region eu-central-1",
        "                   Wanted is account 999999999999: choose another profile.",
    ]


def test_credentials_that_have_expired_fail(world: World) -> None:
    world.stubbed("sts").add_client_error("get_caller_identity", "ExpiredToken", "it has expired", 403)
    with pytest.raises(NotAnswered) as refusal:
        identity(world)
    assert shown([refused(refusal.value)]).splitlines() == [
        "FAIL  credentials  GetCallerIdentity answered ExpiredToken: it has expired",
        "                   Sign in, or choose a profile:",
        "    $ aws sts get-caller-identity --profile <name>",
    ]
