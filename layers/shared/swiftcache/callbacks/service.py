"""Bringing together who waits and what happens. Every step may run twice."""

from dataclasses import dataclass

from swiftcache.callbacks.model import Observation, Subject, Wait
from swiftcache.callbacks.ports import TaskTokens, Waits
from swiftcache.instances.ports import Instances, Target
from swiftcache.instances.status import Status

SUPERSEDED = "InstanceSuperseded"
_DELETED = "the instance was deleted"


@dataclass(frozen=True, slots=True)
class CallbackService:
    """`instances` is the record, which says whether what is waited for is still wanted."""

    waits: Waits
    tokens: TaskTokens
    instances: Instances

    def observe(self, subject: Subject, observation: Observation) -> None:
        """Something was seen of the subject: wakes who waited for that."""
        wait = self.waits.note(subject, observation)
        if wait is not None and wait.is_over(observation):
            self._end(subject, wait, observation)

    def wait(self, target: Target, subject: Subject, wait: Wait) -> None:
        """Has the token sent back when it is time, which it may be already.

        The record is read after the token is stored: so either this sees that the instance was deleted, or the deletion
        sees the token.
        """
        observation = self.waits.register(subject, wait)
        if observation is not None and wait.is_over(observation):
            self._end(subject, wait, observation)
            return
        if not wait.interruptible:
            return
        instance = self.instances.get(target.organization_id, target.instance_id)
        if instance is None or instance.status is Status.DELETING:
            self._interrupt(subject, wait)

    def interrupt(self, instance_id: str) -> None:
        """Whoever waits for something of this instance is told that it was deleted."""
        for subject, wait in self.waits.of(instance_id):
            if wait.interruptible:
                self._interrupt(subject, wait)

    def _end(self, subject: Subject, wait: Wait, observation: Observation) -> None:
        # Sent first: if this ends in between, the token is sent once more, which does nothing.
        if wait.is_hopeless(observation):
            self.tokens.fail(wait.token, observation.error, observation.cause)
        else:
            self.tokens.succeed(wait.token, {"status": observation.status, **observation.details})
        self.waits.end(subject, wait)

    def _interrupt(self, subject: Subject, wait: Wait) -> None:
        self.tokens.fail(wait.token, SUPERSEDED, _DELETED)
        self.waits.end(subject, wait)
