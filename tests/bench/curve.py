"""A plot of how many had got how far, and when: one rising curve for each stage, as SVG."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 48
COLOURS = ("#0b7285", "#c2255c", "#5c940d")
STEPS = 5
"""Lines of the grid in each direction."""

CORNERS = 100


def curves(title: str, stages: Mapping[str, Sequence[float]]) -> str:
    """The seconds at which each got to a stage, in any order. Raises ValueError if nobody got anywhere."""
    last = max((second for moments in stages.values() for second in moments), default=0)
    most = max(map(len, stages.values()), default=0)
    if not last:
        raise ValueError("there is nothing to plot")
    body = [*_grid(last, most)]
    for number, (name, moments) in enumerate(stages.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{_x(second, last):.1f},{_y(count, most):.1f}" for second, count in rise(moments))
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body.append(_text(WIDTH - RIGHT + 12, TOP + 20 * number + 10, name, "start", colour))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            _text(LEFT, TOP - 16, title, "start", "#212529"),
            *body,
            _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "seconds", "middle", "#495057"),
            "</svg>",
            "",
        ]
    )


def rise(moments: Sequence[float]) -> list[tuple[float, int]]:
    """Corners of the curve that counts them, a hundred at most: nobody sees more."""
    ordered = sorted(moments)
    ranks = sorted({-(-len(ordered) * step // CORNERS) for step in range(1, CORNERS + 1)} - {0})
    return [(0.0, 0), *((moment, 0) for moment in ordered[:1]), *((ordered[rank - 1], rank) for rank in ranks)]


def _grid(last: float, most: int) -> list[str]:
    found = []
    for step in range(STEPS + 1):
        second, count = last * step / STEPS, most * step / STEPS
        x, y = _x(second, last), _y(count, most)
        found += [
            f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dee2e6"/>',
            _text(x, HEIGHT - BOTTOM + 16, f"{second:.3g}", "middle", "#495057"),
            _text(LEFT - 8, y + 4, f"{count:,.0f}", "end", "#495057"),
        ]
    return found


def _x(second: float, last: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * second / last


def _y(count: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / most


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
