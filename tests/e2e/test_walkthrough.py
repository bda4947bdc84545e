"""The documented script that asks every route as everybody."""

import pytest

from swiftcache.api.routes import ACCESS
from tests.e2e.documented import blocks, paste, session
from tests.e2e.stack import PROJECT, Stack

SECONDS = 280


@pytest.mark.timeout(SECONDS + 20)
def test_every_route_answers_everybody_as_the_roles_promise(stack: Stack) -> None:
    [line] = [block for block in blocks(PROJECT / "docs" / "api.md", "console") if "local.walkthrough" in block]
    answers = paste(stack, "bash", "-euc", session(line).typed, timeout=SECONDS)
    walked = {" ".join(answer.split()[:2]) for answer in answers}
    assert set(ACCESS) <= walked
