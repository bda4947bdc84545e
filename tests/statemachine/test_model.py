"""Whatever is done to instances, in whatever order, each ends as a small model of them says.

The steps come from Hypothesis: creations, deletions, changes, keys, deaths of tasks, calls that time out, executions
that are stopped, functions that start anew. A thousand steps, the same in each run; with MODEL_STEPS=10000 in the
environment so many others.
"""

import os
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB, MIN_MEMORY
from tests.statemachine.cloud import Cloud, Fault, fails, loses_reply
from tests.statemachine.model import MOST, Owner, Promised, kill_task, running, stop_task
from tests.statemachine.paths import tasks

MORE = int(os.environ.get("MODEL_STEPS", "0"))
STEPS_EACH = 40
SETTINGS = settings(
    max_examples=(MORE or 1000) // STEPS_EACH,
    stateful_step_count=STEPS_EACH,
    derandomize=not MORE,
    database=None,
    deadline=None,
    # The world is too large to be taken back and tried again with less.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

STATES = sorted(
    {name for machine in ("provision", "deprovision", "resize", "recover") for name in tasks(f"{machine}_instance")}
)
FAULTS: Sequence[Sequence[Fault]] = (
    [fails("States.Timeout")],
    [fails("States.Timeout")] * 5,
    [loses_reply],
    [fails("Injected")],
    [],
)

which = st.integers(0, 999)
"""Which one of those that there are, in a world whose pace is not Hypothesis'."""

troubles = st.tuples(st.sampled_from(STATES), which, st.sampled_from(FAULTS))
"""A state whose next calls fail; or, without a fault, an execution that somebody stops."""


class Life(RuleBasedStateMachine):
    """An organization's. No rule but one waits, so each finds the work of those before it half done."""

    cloud: Cloud

    def __init__(self) -> None:
        super().__init__()
        self.owner = Owner(self.cloud)

    def _alive(self, number: int) -> Promised:
        return self.owner.alive[number % len(self.owner.alive)]

    @rule(beyond=st.sampled_from([False, False, False, True]))
    def create(self, beyond: bool) -> None:
        if beyond or len(self.owner.promised) < MOST:
            self.owner.create()

    @precondition(lambda self: self.owner.alive)
    @rule(number=which, seldom=st.integers(0, 3))
    def delete(self, number: int, seldom: int) -> None:
        if seldom == 0:
            self.owner.delete(self._alive(number))

    @precondition(lambda self: self.owner.alive)
    @rule(
        number=which,
        max_memory=st.sampled_from([MIN_MEMORY, 20 * MIB, 400 * MIB]),
        policy=st.sampled_from(EvictionPolicy),
    )
    def change(self, number: int, max_memory: int, policy: EvictionPolicy) -> None:
        self.owner.change(self._alive(number), max_memory, policy)

    @precondition(lambda self: self.owner.alive)
    @rule(number=which)
    def create_key(self, number: int) -> None:
        self.owner.create_key(self._alive(number))

    @precondition(lambda self: self.owner.alive)
    @rule(number=which)
    def revoke_key(self, number: int) -> None:
        promised = self._alive(number)
        if len(promised.keys) > 1:
            self.owner.revoke_key(promised)

    @precondition(lambda self: self.owner.alive)
    @rule(number=which, end=st.sampled_from([kill_task, stop_task]))
    def lose_task(self, number: int, end: Callable[[Cloud, Instance], None]) -> None:
        self.owner.lose_task(self._alive(number), end)

    @rule(trouble=troubles)
    def trouble(self, trouble: tuple[str, int, Sequence[Fault]]) -> None:
        state, number, faults = trouble
        self.owner.trouble()
        if faults:
            self.cloud.faults.plan(state, *faults)
        elif found := running(self.cloud):
            self.cloud.client("stepfunctions").stop_execution(executionArn=found[number % len(found)])

    @rule(number=which, pause=st.sampled_from([Owner.start_anew, Owner.settle, *[Owner.wait_until_made] * 2]))
    def pause(self, number: int, pause: Callable[[Owner, int], None]) -> None:
        pause(self.owner, number)

    def teardown(self) -> None:
        self.owner.settle(0)
        self.owner.leave()


@pytest.mark.timeout(600 + MORE)
def test_every_life_ends_as_the_model_says(shared_cloud: Cloud) -> None:
    Life.cloud = shared_cloud
    run_state_machine_as_test(Life, settings=SETTINGS)
