"""What is refused before h11, which would take it, has read it."""

from http import HTTPStatus

import pytest

from local.http_head import HEAD_LIMIT, fault_of

SOUND = b"POST / HTTP/1.1\r\nHost: a\r\nX-A: \xfc\tb\r\nContent-Length: 2\r\n\r\n"


@pytest.mark.parametrize("length", range(len(SOUND) + 1))
def test_a_sound_head_is_not_refused_however_much_of_it_has_come(length: int) -> None:
    assert fault_of(SOUND[:length]) is None


def test_what_follows_a_head_is_not_looked_at() -> None:
    assert fault_of(SOUND + b"\n\n\x00 Content-Length: 1\r\nContent-Length: 1") is None


@pytest.mark.parametrize(
    "received",
    [
        b"GET / HTTP/1.2\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a",
        b"GET / HTTP/1.1\r\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\rX-A: b",
        b"GET / HTTP/1.1\r\nHost: a\r\n b",
        b"GET / HTTP/1.1\r\nHost: a\r\n\tb",
        b"GET / HTTP/1.1\r\nX-A: \x1b[31m\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-A: \x0b\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
    ],
)
def test_what_two_servers_could_read_differently_is_a_bad_request(received: bytes) -> None:
    assert fault_of(received) is HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_a_head_over_the_limit_is_too_large(end: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nX-A: "

    assert fault_of(head + b"a" * (HEAD_LIMIT - len(head + end)) + end) is None
    assert (
        fault_of(head + b"a" * (HEAD_LIMIT - len(head + end) + 1) + end) is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    )
