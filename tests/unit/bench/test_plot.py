"""The plots of the bench."""

from xml.etree import ElementTree

import pytest

from tests.bench.plot import HEIGHT, WIDTH, Axis, Series, log_log

_SVG = "{http://www.w3.org/2000/svg}"
_GROWN = [Series("GET", [(10, 1.5), (1_000, 1.6), (100_000, 1.5)]), Series("a <pass>", [(10, 4), (1_000, 400)])]


def drawn(series: list[Series]) -> ElementTree.Element:
    return ElementTree.fromstring(log_log("Growth", "records", "milliseconds", series))


def texts(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{_SVG}text")]


def test_a_plot_has_a_line_and_its_points_for_each_series() -> None:
    svg = drawn(_GROWN)
    assert [len(str(line.get("points")).split()) for line in svg.iter(f"{_SVG}polyline")] == [3, 2]
    assert len(list(svg.iter(f"{_SVG}circle"))) == 5


def test_a_plot_names_its_axes_their_marks_and_each_series() -> None:
    named = texts(drawn(_GROWN))
    assert {"Growth", "records", "milliseconds", "GET", "a <pass>"} <= set(named)
    assert {"10", "100", "1,000", "10,000", "100,000"} <= set(named)


def test_every_point_is_inside_the_picture_and_more_is_higher_up() -> None:
    places = [
        (float(str(circle.get("cx"))), float(str(circle.get("cy")))) for circle in drawn(_GROWN).iter(f"{_SVG}circle")
    ]
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in places)
    assert places[4][1] < places[3][1]


def test_lines_can_be_told_apart_without_their_colours() -> None:
    dashes = [line.get("stroke-dasharray") for line in drawn(_GROWN).iter(f"{_SVG}polyline")]
    assert len(set(dashes)) == len(dashes)


def test_an_axis_goes_from_power_of_ten_to_power_of_ten() -> None:
    axis = Axis.over([20, 3_000])
    assert (axis.low, axis.high) == (10, 10_000)
    assert axis.marks == pytest.approx([10, 100, 1_000, 10_000])
    assert axis.share(316.23) == pytest.approx(0.5, abs=0.001)


def test_a_single_value_has_an_axis_too() -> None:
    assert Axis.over([10]).marks == [10, 100]


@pytest.mark.parametrize("values", [[], [0.0, 1.0]], ids=["none", "zero"])
def test_what_has_no_logarithm_has_no_axis(values: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Axis.over(values)
