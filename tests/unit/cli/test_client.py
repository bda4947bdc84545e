"""How patiently the API is asked, and what is said of its answers."""

import json

import pytest

from swiftcache_cli.client import LONGEST_PAUSE, PAUSES, Client
from swiftcache_cli.credentials import Credentials
from swiftcache_cli.errors import CliError, ExitCode
from swiftcache_cli.transport import NotTrustedError, Reply, ReplyLostError
from tests.unit.cli.terminal import ScriptedTransport, problem, reply

FINE = reply(200, {"fine": True})
LOST = ReplyLostError("Connection refused")


class Asked:
    def __init__(self, *replies: Reply | Exception) -> None:
        self.slept: list[float] = []
        self.transport = ScriptedTransport(replies)
        self.client = Client(self.transport, Credentials("https://api", "sk_live_x", "here"), self.slept.append)

    def failed(self, method: str = "GET") -> CliError:
        with pytest.raises(CliError) as caught:
            self.client.request(method, "/instances")
        return caught.value


@pytest.mark.parametrize(
    "once", [LOST, reply(500), reply(502), reply(503), reply(504), reply(429), problem(429, "RATE_LIMITED")]
)
def test_what_passes_is_tried_again(once: Reply | Exception) -> None:
    asked = Asked(once, FINE)
    assert asked.client.get("/instances") == {"fine": True}
    assert len(asked.slept) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_what_changes_something_has_one_idempotency_key_over_all_its_tries(method: str) -> None:
    asked = Asked(LOST, reply(503), problem(409, "IDEMPOTENT_REQUEST_IN_PROGRESS", retry_after="1"), FINE)
    asked.client.request(method, "/instances")
    keys = {headers["Idempotency-Key"] for _, _, headers in asked.transport.sent}
    assert (len(asked.transport.sent), len(keys)) == (4, 1)


def test_each_request_has_an_idempotency_key_of_its_own() -> None:
    asked = Asked(FINE)
    asked.client.post("/instances", {})
    asked.client.post("/instances", {})
    assert len({headers["Idempotency-Key"] for _, _, headers in asked.transport.sent}) == 2


def test_a_read_has_no_idempotency_key() -> None:
    asked = Asked(FINE)
    asked.client.get("/instances")
    assert "Idempotency-Key" not in asked.transport.sent[0][2]


def test_the_pause_is_the_one_that_the_answer_asks_for() -> None:
    asked = Asked(problem(429, "RATE_LIMITED", retry_after="7"), problem(503, "X", retry_after="2"), FINE)
    asked.client.get("/instances")
    assert asked.slept == [7, 2]


def test_the_pauses_grow_and_differ_by_chance() -> None:
    asked = Asked(reply(500))
    assert asked.failed().exit_code is ExitCode.FAILED
    assert len(asked.slept) == len(PAUSES)
    assert all(most / 2 <= slept <= most for slept, most in zip(asked.slept, PAUSES, strict=True))


def test_a_pause_that_is_too_long_for_a_person_is_said_and_not_slept() -> None:
    asked = Asked(problem(429, "RATE_LIMITED", retry_after=str(int(LONGEST_PAUSE) + 1)))
    assert "61 seconds" in asked.failed().hint
    assert asked.slept == []


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (400, "MALFORMED", ExitCode.USAGE),
        (401, "NOT_AUTHENTICATED", ExitCode.NOT_SIGNED_IN),
        (403, "ROLE_TOO_LOW", ExitCode.NOT_SIGNED_IN),
        (404, "NOT_FOUND", ExitCode.NOT_FOUND),
        (409, "STATUS_CONFLICT", ExitCode.CONFLICT),
        (413, "BODY_TOO_LARGE", ExitCode.USAGE),
        (422, "INVALID_VALUE", ExitCode.USAGE),
        (429, "LIMIT_EXCEEDED", ExitCode.FAILED),
    ],
)
def test_what_will_not_pass_is_said_at_once(status: int, code: str, exit_code: ExitCode) -> None:
    asked = Asked(problem(status, code, "such a thing"))
    error = asked.failed()
    assert (error.exit_code, error.code, str(error)) == (exit_code, code, "such a thing")
    assert (len(asked.transport.sent), asked.slept) == (1, [])


def test_a_key_that_is_refused_is_said_to_be_from_where_it_is() -> None:
    hint = Asked(problem(401, "NOT_AUTHENTICATED")).failed().hint
    assert "from here" in hint
    assert "swiftcache login" in hint


def test_an_api_that_nobody_reaches_is_named_with_the_reason_and_the_source_of_its_address() -> None:
    error = Asked(LOST).failed()
    assert (error.code, error.exit_code) == ("API_UNREACHABLE", ExitCode.FAILED)
    assert "https://api cannot be reached: Connection refused" in str(error)
    assert "from here" in error.hint


def test_a_certificate_that_is_not_trusted_is_no_reason_to_try_again_but_to_look_at_the_clock() -> None:
    asked = Asked(NotTrustedError("certificate is not yet valid"))
    error = asked.failed()
    assert (error.code, "clock" in error.hint, len(asked.transport.sent)) == ("NOT_TRUSTED", True, 1)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
def test_what_is_no_api_is_said_to_be_none(body: bytes) -> None:
    assert Asked(Reply(200, {}, body)).failed().code == "NOT_AN_API"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_error_without_a_problem_has_the_status_for_a_code(body: bytes) -> None:
    assert Asked(Reply(403, {}, body)).failed().code == "HTTP_403"


def test_the_pointer_of_a_value_is_in_what_is_said() -> None:
    body = {
        "code": "INVALID_VALUE",
        "detail": "too small",
        "errors": [{"pointer": "/maxMemory", "detail": "too small"}],
    }
    assert str(Asked(reply(422, body)).failed()) == "/maxMemory: too small"


def test_the_request_id_is_told_when_the_fault_is_not_ours() -> None:
    assert "request id request" in Asked(problem(500, "INTERNAL_ERROR")).failed().hint


def test_no_error_shows_the_account_key() -> None:
    for answer in (LOST, problem(401, "X"), problem(500, "X"), NotTrustedError("x"), reply(200, [1])):
        error = Asked(answer).failed()
        assert "sk_live_x" not in json.dumps([str(error), error.hint, repr(error)])
