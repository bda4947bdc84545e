"""What follows from a change in the table, told by its stream: the event, and the certainty that work goes on.

The stream brings every change at least once and in order for each instance, however the writer fared afterwards. So
neither a failed publish nor a crash between the write and the start of a workflow can lose anything.
"""

from swiftcache.domain.changes import Replacement
from swiftcache.domain.instance import Endpoint
from swiftcache.domain.ports import Events, StatusChange, Target, Workflows
from swiftcache.domain.status import Status


def relay(change: StatusChange, events: Events, workflows: Workflows, member: Endpoint | None = None) -> None:
    """Publishes the change, and starts the workflow it asks for where the API had no time to.

    `member` is the task of the warm pool that a creation takes over. Raises DependencyUnavailable; the stream then
    brings the change again.
    """
    target = Target(change.organization_id, change.instance_id, change.request_id)
    if change.after == Status.PROVISIONING:
        workflows.provision(target, member)
    elif change.after == Status.DELETING:
        workflows.delete(target, attempt=0)
    events.publish(change)


def start_resize(replacement: Replacement, workflows: Workflows) -> None:
    """Starts the first attempt of a resize that has begun in the record. Raises DependencyUnavailable."""
    target = Target(replacement.organization_id, replacement.instance_id, replacement.request_id)
    workflows.resize(target, replacement.change_id, replacement.attempt)
