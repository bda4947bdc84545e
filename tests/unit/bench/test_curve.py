"""The plot of a load test."""

from xml.etree import ElementTree

import pytest

from tests.bench.curve import curves, rise


def test_a_curve_rises_from_the_first_moment_to_the_last() -> None:
    assert rise([3, 1, 2]) == [(0, 0), (1, 0), (1, 1), (2, 2), (3, 3)]


def test_a_curve_of_many_has_a_hundred_corners_up_to_the_very_last() -> None:
    corners = rise(range(1000))
    assert len(corners) == 102
    assert corners[-2:] == [(989, 990), (999, 1000)]


def test_a_curve_of_nobody_stays_on_the_ground() -> None:
    assert rise([]) == [(0, 0)]


def test_a_plot_has_a_curve_and_a_name_for_each_stage() -> None:
    svg = ElementTree.fromstring(curves("A & B", {"accepted": [1, 2], "answered <all>": [2, 4]}))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A & B", "accepted", "answered <all>"} <= set(texts)
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_the_last_corner_is_the_end_of_both_axes() -> None:
    assert '570.0,40.0" fill' in curves("x", {"slow": [1, 4]})


def test_nothing_cannot_be_plotted() -> None:
    with pytest.raises(ValueError, match="nothing to plot"):
        curves("x", {"accepted": []})
