"""The stack of that name, if there is one: whether CloudFormation would update it."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, ask_all
from local.preflight.lines import Line, fail, ok
from local.preflight.plan import Standing

SUBJECT = "stack"

_GIVEN_UP = ("DELETE_COMPLETE", "DELETE_SKIPPED")
_UPDATABLE = ("CREATE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT", "IMPORT_ROLLBACK")


def standing(clients: Clients, name: str) -> Standing | None:
    """The stack of this name, None if there is none. Raises NotAnswered."""
    client = clients("cloudformation")
    try:
        [found] = ask(client, "describe_stacks", StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    resources = ask_all(client, "list_stack_resources", "StackResourceSummaries", StackName=name)
    return Standing(
        status=found["StackStatus"],
        parameters={
            parameter["ParameterKey"]: parameter.get("ParameterValue", "") for parameter in found.get("Parameters", [])
        },
        resources=frozenset(
            str(resource.get("PhysicalResourceId", ""))
            for resource in resources
            if resource["ResourceStatus"] not in _GIVEN_UP
        ),
        outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
    )


def stack(found: Standing | None, name: str) -> Iterator[Line]:
    """What a deployment would do with it."""
    if found is None:
        yield ok(SUBJECT, f"there is none called {name}: it will be created")
        return
    status = found.status
    here = f"{name} is {status}"
    if status == "REVIEW_IN_PROGRESS":
        yield ok(SUBJECT, f"{here}: it has been planned and never created")
    elif status in {f"{state}_COMPLETE" for state in _UPDATABLE}:
        yield ok(SUBJECT, f"{here}: it will be updated")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield fail(
            SUBJECT,
            f"{here}: it takes no update before its rollback is finished",
            "Mend what its events tell, then:",
            f"aws cloudformation continue-update-rollback --stack-name {name}",
        )
    elif status.endswith("_IN_PROGRESS"):
        yield fail(
            SUBJECT,
            f"{here}: somebody is at it",
            "Wait until that is over:",
            f"aws cloudformation describe-stacks --stack-name {name} --query 'Stacks[0].StackStatus'",
        )
    else:
        yield fail(
            SUBJECT,
            f"{here}: it takes no update",
            "Delete it first; its table and its file system stay, if it got so far:",
            f"aws cloudformation delete-stack --stack-name {name}",
        )
