"""Telling CloudFormation what came of its request, at the address that was sealed when it came."""

from dataclasses import dataclass
from typing import Protocol

from swiftcache.declarations.ports import StackAnswers
from swiftcache.declarations.step_input import Sealed, about


class Seal(Protocol):
    """A part of what idempotency needs (api/idempotency_ports.py)."""

    def open(self, sealed: Sealed, about: dict[str, str]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answering:
    seal: Seal
    answers: StackAnswers

    def tell(self, request_id: str, answer_to: Sealed, body: bytes) -> None:
        """Raises AnswerRefused, DependencyUnavailable. The same answer twice does no harm: the first one counts."""
        self.answers.send(self.seal.open(answer_to, about(request_id)).decode(), body)
