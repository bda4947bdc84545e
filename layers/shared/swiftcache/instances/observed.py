"""What was seen of the task that serves an instance, by whoever spoke to its Redis."""

from dataclasses import dataclass

from swiftcache.instances.certificate import Certificate


@dataclass(frozen=True, slots=True)
class ObservedTask:
    """`task` is its ARN: of another nothing is known. None is what was not heard of it.

    `version` is what its Redis has told of itself, and `certificate` what a handshake with it has found.
    """

    task: str
    version: str | None = None
    certificate: Certificate | None = None

    def after(self, known: "ObservedTask | None") -> "ObservedTask":
        """With what was known of the same task before, where this has not heard it."""
        if known is None or known.task != self.task:
            return self
        return ObservedTask(self.task, self.version or known.version, self.certificate or known.certificate)
