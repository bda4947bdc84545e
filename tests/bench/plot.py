"""A plot as SVG: lines over two logarithmic axes, readable on a light and on a dark page.

Written by hand: a library would be larger than all that the bench imports, for one kind of picture.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 190, 56, 60

_INK = "#7a7f87"
"""Between black and white: text and axes can be read on both."""

_COLOURS = ("#3b82c4", "#d9822b", "#3f9d5c", "#b65cc0", "#c94f4f", "#8a8f2b")
_DASHES = ("", "8 4", "2 4", "10 4 2 4", "14 4", "4 2")
"""So that the lines can be told apart without their colours."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line with a point at each (x, y), all of them positive."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Logarithmic, with a mark at every power of ten."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> "Axis":
        """From the power of ten at or below the least value to that at or above the largest. Raises ValueError."""
        if not values or min(values) <= 0:
            raise ValueError("a logarithmic axis needs positive values")
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return cls(10.0**low, 10.0 ** max(high, low + 1))

    def share(self, value: float) -> float:
        """Where on the axis a value is: 0 is its beginning, 1 its end."""
        return math.log10(value / self.low) / math.log10(self.high / self.low)

    @property
    def marks(self) -> list[float]:
        return [10.0**power for power in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]


def log_log(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Raises ValueError without series, or with a value that no logarithmic axis has."""
    across = Axis.over([x for each in series for x, _ in each.points])
    upwards = Axis.over([y for each in series for _, y in each.points])
    parts = [
        *_head(title),
        *_axes(across, upwards, x_label, y_label),
        *(part for number, each in enumerate(series) for part in _line(number, each, across, upwards)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(title: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f'<text x="{_LEFT}" y="28" font-size="16" font-weight="600">{escape(title)}</text>'


def _axes(across: Axis, upwards: Axis, x_label: str, y_label: str) -> Iterator[str]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for mark in across.marks:
        x = _x(across, mark)
        yield _rule(x, _TOP, x, bottom)
        yield _text(x, bottom + 20, _number(mark), "middle")
    for mark in upwards.marks:
        y = _y(upwards, mark)
        yield _rule(_LEFT, y, right, y)
        yield _text(_LEFT - 10, y + 4, _number(mark), "end")
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    yield _text((_LEFT + right) / 2, HEIGHT - 14, x_label, "middle")
    middle = (_TOP + bottom) / 2
    yield f'<text transform="translate(20 {middle:.1f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'


def _line(number: int, series: Series, across: Axis, upwards: Axis) -> Iterator[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    dashes = _DASHES[number % len(_DASHES)]
    stroke = f'stroke="{colour}" stroke-width="2.2"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
    places = [(_x(across, x), _y(upwards, y)) for x, y in series.points]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{joined}" fill="none" {stroke}/>'
    for (x, y), (value_x, value_y) in zip(places, series.points, strict=True):
        told = escape(f"{series.name}: {_number(value_y)} at {_number(value_x)}")
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{told}</title></circle>'
    left, y = WIDTH - _RIGHT + 18, _TOP + 12 + 24 * number
    yield f'<path d="M{left} {y}h30" fill="none" {stroke}/>'
    yield _text(left + 38, y + 4, series.name, "start")


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (WIDTH - _RIGHT - _LEFT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - axis.share(value) * (HEIGHT - _BOTTOM - _TOP)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{_INK}" stroke-opacity="0.25"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
