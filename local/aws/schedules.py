"""Rules with a schedule: every `rate(...)` rule is delivered while the stack runs. `cron(...)` is left out."""

import re
import threading
import time

from local.aws.events import Events, scheduled_event

SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
LOOK_EVERY_SECONDS = 1.0


class Schedules:
    """Looks at the rules once a second and delivers those that are due, first one period after it saw them."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._due: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_SECONDS):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Deliver every rule that is due at `now`, in seconds of a clock that only goes forward."""
        for rule in self._events.rules("default"):
            period = period_of(rule.scheduled_expression or "")
            if period is None:
                continue
            due = self._due.setdefault(rule.arn, now + period)
            if now >= due:
                self._due[rule.arn] = due + period
                self._events.deliver(rule, scheduled_event(rule))


def period_of(expression: str) -> float | None:
    """The seconds between two deliveries; None for an expression that is no rate."""
    found = RATE.fullmatch(expression)
    return float(found[1]) * SECONDS[found[2]] if found else None
