"""What happens to an instance while somebody waits: drawn on a terminal, else a line for each step."""

from types import TracebackType
from typing import Any, Protocol, Self

from swiftcache_cli import output

Json = dict[str, Any]

_MARKS = {"IN_PROGRESS": "…", "SUCCEEDED": "✓", "NOTHING_TO_DO": "✓", "FAILED": "✗", "CANCELLED": "–"}


class Progress(Protocol):
    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, timeline: Json) -> None:
        """The timeline as it is now."""


class PlainProgress:
    """For logs: nothing is said twice."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str, int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, timeline: Json) -> None:
        for step in newest_steps(timeline):
            said = (step["startedAt"], step["name"], step["outcome"] != "IN_PROGRESS")
            if said not in self._said:
                self._said.add(said)
                output.note(described(step))


class DrawnProgress:
    """Steps that are done stay, those under way are redrawn."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(stderr=True, highlight=False), refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, timeline: Json) -> None:
        from rich.text import Text

        lines = [output.visible(described(step)) for step in newest_steps(timeline)]
        self._live.update(Text("\n".join([*lines, *_estimated(timeline)])))


def newest_steps(timeline: Json) -> list[Json]:
    """Those of the operation that began last."""
    operations = timeline["operations"]
    if not operations:
        return []
    return list(max(operations, key=lambda operation: str(operation["startedAt"]))["steps"])


def described(step: Json) -> str:
    seconds = duration(step["startedAt"], step["endedAt"])
    took = "" if seconds is None else f" {seconds:.1f} s"
    why = f" ({step['cause']})" if step["cause"] else ""
    return f"{_MARKS.get(step['outcome'], '?')} {step['title']}{took}{why}"


def duration(started: str, ended: str | None) -> float | None:
    """Seconds between two times of the API; None while there is no end."""
    from datetime import datetime

    if ended is None:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _estimated(timeline: Json) -> list[str]:
    estimate = timeline.get("estimate")
    if not estimate:
        return []
    if estimate["waitsForAws"]:
        return ["AWS has no room at the moment: it waits for its turn, ten minutes at most"]
    if estimate["p50Seconds"] is None:
        return [f"{estimate['elapsedSeconds']:.0f} s"]
    return [f"{estimate['elapsedSeconds']:.0f} s; most take {estimate['p50Seconds']:.0f} s or less"]
