"""A customer who deletes an instance while something is at work on it."""

from tests.statemachine.cloud import Answer, Cloud, Fault, fails


def interrupted(cloud: Cloud, instance_id: str) -> Fault:
    """It is deleted, and the deletion ends the call, as it does with whatever waits interruptibly."""

    def fault(answer: Answer) -> object:
        cloud.delete(instance_id)
        return fails("InstanceSuperseded")(answer)

    return fault


def assert_no_failure(cloud: Cloud, instance_id: str) -> None:
    """Executions have worked on it, and all have succeeded: it is no failure that somebody deletes."""
    ended = cloud.ended(instance_id)
    assert ended
    assert [execution for execution in ended if execution[1] != "SUCCEEDED"] == []
