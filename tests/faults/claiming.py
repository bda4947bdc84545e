"""Journeys through a creation that takes over a member of the warm pool."""

from contextlib import ExitStack
from typing import ClassVar

from tests.faults.cells import calls
from tests.faults.drivers import FIRST, Provisioning
from tests.faults.journeys import Result, Situation
from tests.faults.verdict import Complaint, End
from tests.statemachine.claims import a_pool, cannot_mark
from tests.statemachine.cloud import fails

EVERY_CALL = frozenset(call.state for call in calls("provision_instance"))
ANEW = frozenset({"GiveUpMember", "StopMember", "IssueCredentials", "StartRedisTask"})
"""Calls that meet what the member has left."""


class Claiming(Provisioning):
    """From the request to RUNNING, with a task that ran before."""

    name = "claim"
    without = EVERY_CALL - {"PrepareMember", "MarkRunning"}
    leads: ClassVar = {"MarkRunning": [("PrepareMember", [cannot_mark])]}

    def prepare(self) -> None:
        self.ending = ExitStack()
        self.pool = self.ending.enter_context(a_pool(self.cloud))
        self.pool.fill()

    def go(self, situation: Situation) -> Result:
        self.created = self.pool.create()
        assert self.created.instance.claimed
        return self.result()

    def ends(self, situation: Situation) -> list[End]:
        if situation.call.state == "PrepareMember" and not situation.aborted:
            # Whatever becomes of it, there is another way.
            return [End("RUNNING", None, "SUCCEEDED", None)]
        return super().ends(situation)

    def clear(self) -> list[Complaint]:
        complaints = super().clear()
        self.ending.close()
        return complaints


class ClaimingTheDead(Claiming):
    """The same, where the member does not answer, and a task is made anew under its id."""

    name = "claim, after a failure"
    without = EVERY_CALL - ANEW - {"MarkRunning"}
    leads: ClassVar = {state: [("PrepareMember", [fails(FIRST)])] for state in (*ANEW, "MarkRunning")}
