"""Journeys of instances that stacks declare."""

from contextlib import ExitStack
from typing import Any

from tests.faults.drivers import FIRST
from tests.faults.journeys import Journey, Result, Situation, quiet, until
from tests.faults.verdict import Complaint, End
from tests.statemachine.cloud import fails
from tests.statemachine.declaring import Stacks, stacks

OF_A_FAILURE = frozenset({"UndoDeclaration", "TellFailure"})
FAILED = "DeclaredInstanceFailed"


class Declaring(Journey):
    """A stack creates an instance. UNTOLD: it has heard nothing, and what there may be is left to it."""

    name = "declare instance"
    machine = "declare_instance"
    without = OF_A_FAILURE
    follows = ("provision_instance", "deprovision_instance")

    def prepare(self) -> None:
        self.ending = ExitStack()
        self.stacks: Stacks = self.ending.enter_context(stacks(self.cloud))
        quiet(self.cloud)

    def go(self, situation: Situation) -> Result:
        event = self.stacks.request("Create")
        self.stacks.send(event)
        until(lambda: bool(self.stacks.ended(event)) and not self.cloud.running())
        quiet(self.cloud)
        answers = self.stacks.answers(event)
        left, name = self._left(), f"{self.stacks.owner.id}-{event['RequestId']}"
        status = self._status(answers, left)
        return Result(status, None, name, event["RequestId"], left if status == "FAILED" else {}, self._wrong(answers))

    def _status(self, answers: list[dict[str, Any]], left: dict[str, list[str]]) -> str:
        if not answers:
            return "UNTOLD"
        told: str = answers[0]["Status"]
        return "LEFT" if told == "FAILED" and left else told

    def _left(self) -> dict[str, list[str]]:
        found = {"instances": self.stacks.owner.statuses(), "secrets": list(self.stacks.secrets())}
        return {kind: names for kind, names in found.items() if names}

    def _wrong(self, answers: list[dict[str, Any]]) -> str:
        """What is wrong with what was told: each answer is the same, and of a success the instance runs."""
        if any(answer != answers[0] for answer in answers):
            return f"it was told different things: {answers}"
        if answers and answers[0]["Status"] == "SUCCESS" and self.stacks.owner.statuses() != ["RUNNING"]:
            return "it was told of an instance that does not run, or of one of several"
        return ""

    def ends(self, situation: Situation) -> list[End]:
        telling = situation.call.state == "TellStack"
        if situation.aborted:
            # Who was stopped in the middle of telling has told.
            return [End("SUCCESS" if telling else "UNTOLD", None, "ABORTED", None)]
        if situation.passes:
            return [End("SUCCESS", None, "SUCCEEDED", None)]
        return [End("UNTOLD" if telling else "FAILED", None, "FAILED", situation.error)]

    def attempts(self, situation: Situation) -> int:
        return 1

    def clear(self) -> list[Complaint]:
        self.ending.close()
        quiet(self.cloud)
        return []


class FailedDeclaring(Declaring):
    """The instance that a stack creates does not come to run. LEFT: the stack has heard what is not removed."""

    name = "declare instance, after a failure"
    without = frozenset({"ApplyDeclaration", "TellStack"})

    def go(self, situation: Situation) -> Result:
        self.cloud.faults.plan("VerifyRedis", fails(FIRST))
        return super().go(situation)

    def ends(self, situation: Situation) -> list[End]:
        telling = situation.call.state == "TellFailure"
        if situation.aborted:
            return [End("FAILED" if telling else "UNTOLD", None, "ABORTED", None)]
        if situation.passes:
            return [End("FAILED", None, "FAILED", FAILED)]
        return [End("UNTOLD" if telling else "LEFT", None, "FAILED", FAILED)]
