"""A row of numbers as a row of small columns."""

from collections.abc import Sequence

_COLUMNS = "▁▂▃▄▅▆▇█"
_UNKNOWN = " "


def spark(values: Sequence[float | None]) -> str:
    """From the lowest column, which is zero, to the highest, which is the largest value."""
    most = max((value for value in values if value is not None), default=0) or 1
    return "".join(
        _UNKNOWN if value is None else _COLUMNS[min(len(_COLUMNS) - 1, int(value / most * len(_COLUMNS)))]
        for value in values
    )
