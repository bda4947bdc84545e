"""swiftcache metrics: an hour, a day, a week, or this moment again and again."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from swiftcache_cli import output
from swiftcache_cli.errors import UnreachableError
from swiftcache_cli.options import InJson, Named, command_app, session_of
from swiftcache_cli.sparks import spark

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.session import Session

SHOWN = 60
"""Samples in a row of live metrics."""

app = command_app()


@app.command()
def metrics(
    ctx: typer.Context,
    named: Named,
    period: Annotated[str, typer.Option(help="1h, 24h or 7d.")] = "24h",
    live: Annotated[bool, typer.Option("--live", help="At this moment, again and again until Ctrl-C.")] = False,
    every: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="With --live: seconds between two looks.")
    ] = 2.0,
    json: InJson = False,
) -> None:
    """Show what clients did and what Redis held."""
    session = session_of(ctx)
    path = f"/instances/{session.instance(named)['id']}/metrics"
    if live:
        return _watch(session, path, every, in_json=json)
    answer = session.api.get(path, period=period)
    if json:
        return output.as_json(answer)
    points, seconds = answer["metrics"], answer["resolutionSeconds"]
    output.line(f"{points[0]['time'][:16].replace('T', ' ')} UTC until now, {seconds // 60} minutes a column")
    rows = [
        _row("commands/s", [point["commands"] / seconds for point in points], _number),
        _row("hit ratio", [_ratio(point) for point in points], _percent),
        _row("memory", [point["usedMemory"] for point in points], output.size),
        _row("keys", [point["keys"] for point in points], _number),
        _row("clients", [point["clients"] for point in points], _number),
        _row("in/s", [point["bytesIn"] / seconds for point in points], output.size),
        _row("out/s", [point["bytesOut"] / seconds for point in points], output.size),
        _row("evictions", [point["evictions"] for point in points], _number),
    ]
    return output.table(("", "", "LAST", "MOST"), rows)


def _row(name: str, values: Sequence[float | None], show: Callable[[float | None], str]) -> tuple[str, str, str, str]:
    known = [value for value in values if value is not None]
    return name, spark(values), show(values[-1]), show(max(known) if known else None)


def _ratio(point: "Json") -> float | None:
    looked = point["hits"] + point["misses"]
    return point["hits"] / looked if looked else None


def _number(value: float | None) -> str:
    if value is None:
        return output.NOTHING
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return output.NOTHING if value is None else f"{value * 100:.1f} %"


def _watch(session: "Session", path: str, every: float, *, in_json: bool) -> None:
    """Ends by Ctrl-C alone, or when the instance runs no more. A Redis that does not answer is looked at again."""
    history: list[Json] = []
    while True:
        try:
            found = session.api.get(f"{path}/live")["metrics"]
        except UnreachableError as error:
            output.note(f"swiftcache: {error}")
        else:
            history = [*history[-SHOWN + 1 :], found]
            if in_json:
                output.as_json_line(found)
            else:
                _draw(session, history)
        session.outside.sleep(every)


def _draw(session: "Session", history: "list[Json]") -> None:
    last = history[-1]
    if session.outside.draws():
        typer.echo("\x1b[H\x1b[2J", nl=False)
    of = last["maxMemory"]
    rows = [
        _row("commands/s", [one["opsPerSecond"] for one in history], _number),
        _row("hit ratio", [one["hitRatio"] for one in history], _percent),
        _row(f"memory of {output.size(of)}", [one["usedMemory"] for one in history], output.size),
        _row("keys", [one["keys"] for one in history], _number),
        _row("clients", [one["clients"] for one in history], _number),
        _row("evictions", [one["evictions"] for one in history], _number),
    ]
    output.table(("", "", "NOW", "MOST"), rows)
