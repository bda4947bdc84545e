"""How many processes the Lambda host gives to a function: for work, and for requests that only wait."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import lambda_host
from local.lambda_host import LambdaHost, Surroundings
from tests.integration.local.test_lambda_host import (
    HANDLER,
    await_condition,
    call,
    deployed,
    function,
    is_alive,
    write,
)
from tests.integration.local.test_lambda_host import dns as dns
from tests.integration.local.test_lambda_host import front as front
from tests.integration.local.test_lambda_host import host as host
from tests.integration.local.test_lambda_host import surroundings as surroundings


def test_requests_at_once_get_processes_of_their_own(front: LambdaHost, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(lambda _: call(front, "meet", folder=str(meeting), number=3), range(3)))

    assert len({process for process, _ in results}) == 3


def test_requests_over_the_limit_wait_for_a_process(
    host: LambdaHost, surroundings: Surroundings, tmp_path: Path
) -> None:
    write(tmp_path, HANDLER)
    host.deploy([deployed(function(tmp_path, reserved=2))], surroundings)

    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(lambda _: call(host, "sleep", seconds=0.01), range(12)))

    assert sum(calls == 1 for _, calls in results) <= 2
    assert len(results) == 12


def test_requests_that_only_wait_do_not_keep_others_waiting(front: LambdaHost, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    usual = lambda_host._USUAL

    with ThreadPoolExecutor(usual + 2) as threads:
        waiting = [threads.submit(call, front, "meet", folder=str(meeting), number=usual + 2) for _ in range(usual + 1)]
        await_condition(lambda: len(list(meeting.iterdir())) == usual + 1)
        assert call(front, "echo", text="hello")["text"] == "hello"
        assert not any(request.done() for request in waiting)
        call(front, "meet", folder=str(meeting), number=usual + 2)

    assert all(request.result() for request in waiting)
    processes = [int(process.name) for process in meeting.iterdir()]
    await_condition(lambda: sum(is_alive(process) for process in processes) <= usual)


def test_a_burst_of_work_is_done_by_as_many_processes_as_usual(
    front: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_host, "_PATIENCE", 30.0)

    with ThreadPoolExecutor(40) as threads:
        results = list(threads.map(lambda _: call(front, "sleep", seconds=0.01), range(40)))

    assert len({process for process, _ in results}) <= lambda_host._USUAL


def test_answers_that_are_late_because_there_is_much_to_do_start_no_more_processes(
    front: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_host, "_PATIENCE", 0.05)
    monkeypatch.setattr(lambda_host, "_BUSY", 0.0)
    usual = lambda_host._USUAL

    with ThreadPoolExecutor(2 * usual) as threads:
        results = list(threads.map(lambda _: call(front, "sleep", seconds=0.3), range(2 * usual)))

    assert len({process for process, _ in results}) == usual


def test_processes_are_started_in_the_end_even_while_there_is_much_to_do(
    front: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_host, "_PATIENCE", 0.05)
    monkeypatch.setattr(lambda_host, "_LONG_PATIENCE", 0.1)
    monkeypatch.setattr(lambda_host, "_BUSY", 0.0)
    usual = lambda_host._USUAL

    with ThreadPoolExecutor(usual + 1) as threads:
        results = list(threads.map(lambda _: call(front, "sleep", seconds=2), range(usual + 1)))

    assert len({process for process, _ in results}) == usual + 1


def test_a_process_that_comes_free_soon_is_rather_used_than_another_started(
    front: LambdaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_host, "_HOPE", 30.0)
    call(front, "echo")

    with ThreadPoolExecutor(10) as threads:
        results = list(threads.map(lambda _: call(front, "sleep", seconds=0.01), range(10)))

    assert len({process for process, _ in results}) == 1


def test_patience_does_not_break_the_limit_of_a_function(
    host: LambdaHost, surroundings: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_host, "_PATIENCE", 0.01)
    write(tmp_path, HANDLER)
    host.deploy([deployed(function(tmp_path, reserved=2))], surroundings)

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda _: call(host, "sleep", seconds=0.1), range(6)))

    assert len({process for process, _ in results}) <= 2
