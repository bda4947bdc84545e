"""Running the reconciler in tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from swiftcache.fleet.orphans import GRACE
from swiftcache.platform.aws import clock
from tests.statemachine.cloud import Cloud


class Reconciling:
    """Runs the function; its clock is `ahead` of the others'."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = cloud
        self.ahead = timedelta()
        self.patch(monkeypatch)

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(self.cloud.injector.given, clock, lambda: datetime.now(UTC) + self.ahead)

    def __call__(self, **order: Any) -> list[dict[str, Any]]:
        """What one pass finds."""
        answer = self.answer(**order)
        assert answer["complete"]
        return list(answer["findings"])

    def answer(self, **order: Any) -> Any:
        return self.cloud.invoke(self.cloud.stack.functions["ReconcileFleetFunction"].name, order)

    def twice(self) -> list[dict[str, Any]]:
        """Two passes, a grace period apart; what the second finds."""
        self()
        self.ahead += GRACE
        return self()


def actions(findings: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(found["kind"], found["owner"], found["action"]) for found in findings}
