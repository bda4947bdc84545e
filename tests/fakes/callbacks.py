"""Who waits for what, in memory. tests/contract holds it to what the adapter does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swiftcache.callbacks.model import Observation, Subject, Wait


@dataclass
class FakeWaits:
    seen: dict[Subject, Observation] = field(default_factory=dict)
    waiting: dict[Subject, Wait] = field(default_factory=dict)

    def note(self, subject: Subject, observation: Observation) -> Wait | None:
        if subject in self.seen and self.seen[subject].version >= observation.version:
            return None
        self.seen[subject] = observation
        return self.waiting.get(subject)

    def register(self, subject: Subject, wait: Wait) -> Observation | None:
        self.waiting[subject] = wait
        return self.seen.get(subject)

    def end(self, subject: Subject, wait: Wait) -> None:
        found = self.waiting.get(subject)
        if found is not None and found.token == wait.token:
            del self.waiting[subject]

    def of(self, instance_id: str) -> Sequence[tuple[Subject, Wait]]:
        return [found for found in self.waiting.items() if found[0].instance_id == instance_id]


@dataclass
class FakeTaskTokens:
    """`sent` are the tokens in order, each with what it was sent back with: an output, or an error and its cause."""

    sent: list[tuple[str, object]] = field(default_factory=list)

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        self.sent.append((token, dict(output)))

    def fail(self, token: str, error: str, cause: str) -> None:
        self.sent.append((token, (error, cause)))
