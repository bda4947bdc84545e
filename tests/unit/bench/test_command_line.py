"""The bench's part on the command line, on made-up figures."""

from tests.bench.command_line import AWS, lines


def test_a_start_is_compared_with_that_of_the_aws_cli() -> None:
    [line] = lines({"--version": 100, AWS: 400})
    assert (line.ratio, line.met) == (0.25, True)


def test_a_start_that_takes_too_long_does_not_meet_the_goal() -> None:
    [line] = lines({"--version": 200, AWS: 400})
    assert line.met is False


def test_without_an_aws_cli_the_figure_stands_alone() -> None:
    [line] = lines({"--version": 100})
    assert (line.value, line.ratio, line.met) == (100, None, None)
