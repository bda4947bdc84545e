"""Which calls the machines make, and how to bring an execution to each of them."""

from typing import Any

from sfnx import testing
from sfnx.testing import Failure

from local import asl
from tests.statemachine.clock import hurried_sleep
from tests.statemachine.cloud import Answer, Cloud, Fault, answers, fails

BRANCHES = {
    "StopRedisTask": "StopOtherTasks",
    "AwaitStop": "StopOtherTasks",
    "DescribeStoppingTask": "StopOtherTasks",
}
"""States inside a Parallel or a Map, where the error is caught: that is the step which a failure names."""


def tasks(machine: str) -> dict[str, dict[str, Any]]:
    """The Task states of a machine by name, found in its file: a new one is covered by itself."""
    return {name: state for name, state in testing.every_state(asl.load(machine)) if state["Type"] == "Task"}


_AFTER_A_FAILURE = ("RollBack", "DescribeFailedTask")
AFTER_A_CLAIM = ("PrepareMember", "GiveUpMember", "StopMember")
"""States that only a creation comes to which takes over a member of the warm pool."""
FROM_A_BACKUP = ("RegisterRestoringDefinition", "CheckRestored")
"""States that only a creation comes to which begins with a backup."""
RECOVERED_FROM_A_BACKUP = ("ChooseBackup", "RegisterRestoringDefinition", "CheckRecovered")
"""States that only a recovery comes to which begins with one."""
OF_OWN_NETWORKS = ("CreateSecurityGroup", "DeleteSecurityGroup")
"""States that only an instance comes to which says who reaches it."""
_OF_SOME = (*_AFTER_A_FAILURE, *AFTER_A_CLAIM, *FROM_A_BACKUP, *OF_OWN_NETWORKS)
PROVISION = [name for name in tasks("provision_instance") if name not in _OF_SOME]
DEPROVISION = [name for name in tasks("deprovision_instance") if name not in OF_OWN_NETWORKS]
RESIZE = [name for name in tasks("resize_instance") if name != "AbandonResize"]
UNDECIDED = [*RESIZE[: RESIZE.index("SwitchOver") + 1], "DescribeNewTask"]
"""Where a failure of a resize leaves the old task serving. After it there is only forward."""
SETTLING = [name for name in RESIZE if name not in UNDECIDED]
RECOVER = [name for name in tasks("recover_instance") if name not in (*_AFTER_A_FAILURE, *RECOVERED_FROM_A_BACKUP)]


def passing_error(machine: str, name: str) -> str:
    """An error that this state tries again."""
    return str(tasks(machine)[name]["Retry"][-1]["ErrorEquals"][0])


def without_interface(result: Any) -> Any:
    result["Tasks"][0]["Attachments"] = []
    return result


def without_address(result: Any) -> Any:
    result["NetworkInterfaces"][0].pop("Association")
    return result


def still_pending(result: Any) -> Any:
    result["Tasks"][0]["LastStatus"] = "PENDING"
    return result


def still_stopping(result: Any) -> Any:
    return {"Tasks": [{"LastStatus": "DEPROVISIONING"}]}


def placement_refused(_: object) -> object:
    return {"Tasks": [], "Failures": [{"Reason": "Capacity is unavailable at this time"}]}


late = fails("States.Timeout")
"""What is waited for does not come in time."""


def no_event(_: Answer) -> object:
    """The same, after as long as a state waits for it."""
    hurried_sleep(30)
    raise Failure("States.Timeout", "injected")


def not_provisioned(result: Any) -> Any:
    """As if the instance had never been RUNNING."""
    result["Item"].pop("port", None)
    return result


def still_creating(result: Any) -> Any:
    result["LifeCycleState"] = "creating"
    return result


def first_page_without(result: Any) -> Any:
    """As if all access points were on the next page."""
    return {**result, "AccessPoints": [], "NextToken": "0"}


LEADS: dict[str, list[tuple[str, list[Fault]]]] = {
    "ReadIntentBeforeVolume": [("CreateAccessPoint", [answers(still_creating)])],
    "FindAccessPoints": [("CreateAccessPoint", [answers(still_creating)])],
    "FindMoreAccessPoints": [
        ("CreateAccessPoint", [answers(still_creating)]),
        ("FindAccessPoints", [answers(first_page_without)]),
    ],
    "ReadIntentBeforePlacement": [("StartRedisTask", [lambda _: placement_refused(None)])],
    "DescribeNewTask": [("AwaitInterface", [late]), ("AwaitNewTask", [late])],
    "DescribeRedisTask": [("AwaitRedisTask", [late])],
    "DescribeStoppingTask": [("AwaitStop", [late])],
    "DescribeMaker": [("FindMaker", [answers(not_provisioned)])],
    "InterruptWaits": [("FindMaker", [answers(not_provisioned)]), ("DescribeMaker", [lambda _: {"Status": "RUNNING"}])],
    "StopMaker": [
        ("FindMaker", [answers(not_provisioned)]),
        ("DescribeMaker", [lambda _: {"Status": "RUNNING"}] * 61),
    ],
}
"""For a state that is not on the straight way: what must happen to the calls of which state before it."""


def lead_to(cloud: Cloud, state: str, machine: str | None = None) -> None:
    """Plans what must happen before an execution calls a state that is not on the straight way.

    Some states only an instance with persistence comes to; it comes to all that others do. Where a state's name is in
    two machines, `machine` says in which it is to be called.
    """
    for before, faults in LEADS.get(state, []):
        if machine is None or before in tasks(machine):
            cloud.faults.plan(before, *faults)


def fail_once_started(cloud: Cloud) -> None:
    """Plans a provisioning that has made everything there is, and then fails."""
    cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
