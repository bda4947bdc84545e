"""What anybody may read, over the real gateway: asked by HEAD too."""

import pytest
import requests

from swiftcache.api.routes import HEADS
from tests.e2e.raw_http import request, say
from tests.e2e.stack import Stack


@pytest.mark.parametrize("path", [route.partition(" ")[2] for route in HEADS])
def test_head_has_the_status_and_headers_of_get_and_no_body(stack: Stack, path: str) -> None:
    url = f"{stack.facts['apiUrl']}{path}"
    head, get = requests.head(url, timeout=30), requests.get(url, timeout=30)
    assert (head.status_code, head.content) == (200, b"")
    of_the_moment = {"date", "apigw-requestid"}
    assert {name: value for name, value in head.headers.items() if name not in of_the_moment} == {
        name: value for name, value in get.headers.items() if name not in of_the_moment
    }


@pytest.mark.parametrize("path", [route.partition(" ")[2] for route in HEADS])
def test_no_byte_follows_the_headers_of_an_answer_to_head(stack: Stack, path: str) -> None:
    heard = say(stack.api, "inst_0000000000000000", request(b"HEAD", path.encode()), ends=True)
    assert (heard.status, heard.body, heard.answers) == (200, b"", 1)


def test_head_of_what_is_not_public_names_the_methods_that_there_are(stack: Stack) -> None:
    answer = requests.head(f"{stack.facts['apiUrl']}/api/v1/instances", timeout=30)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
