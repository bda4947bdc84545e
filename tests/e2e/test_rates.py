"""Who asks too much from outside: he alone is told to wait."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from swiftcache.access import rate_limits as rate
from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.e2e.test_organizations import Tenant

FLOOD_SECONDS = 12
"""More than a window: so it has a whole share in one."""

AT_ONCE = 16


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API of a stack that nothing else uses: an address that was refused too often waits."""
    with Stack(tmp_path_factory.mktemp("flooded") / "home") as stack:
        yield stack.api


def ask(session: requests.Session, api: Api, token: str) -> requests.Response:
    path = f"{api.url}/api/v1/organizations/{api.organization_id}/usage"
    return session.get(path, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_a_tenant_that_floods_leaves_the_others_errors_at_zero(flooded: Api) -> None:
    storming, calm = Tenant(flooded, 1), Tenant(flooded, 1)
    end = time.monotonic() + FLOOD_SECONDS

    def storm(_: int) -> Counter[int]:
        with requests.Session() as session:
            answers: Counter[int] = Counter()
            while time.monotonic() < end:
                answers[ask(session, storming, storming.token).status_code] += 1
            return answers

    with ThreadPoolExecutor(AT_ONCE) as threads, requests.Session() as session:
        storms = threads.map(storm, range(AT_ONCE))
        answers: Counter[int] = Counter()
        while time.monotonic() < end:
            answers[ask(session, calm, calm.token).status_code] += 1
            time.sleep(0.1)
        flood = sum(storms, Counter[int]())
    print(f"{sum(flood.values())} requests in {FLOOD_SECONDS} s: {dict(flood)}; meanwhile {dict(answers)}")
    assert set(answers) == {200}
    assert set(flood) <= {200, 429}
    # A slow machine may not get so far.
    if sum(flood.values()) > 3 * rate.KEY_LIMIT:
        assert flood[429]


def test_an_address_that_guesses_keys_is_told_to_wait_and_its_neighbours_are_not(flooded: Api) -> None:
    neighbour = Tenant(flooded, 1)

    def guess(number: int) -> requests.Response:
        with requests.Session() as session:
            return ask(session, neighbour, f"sk_live_{number:032x}")

    with ThreadPoolExecutor(AT_ONCE) as threads, requests.Session() as session:
        for answer in threads.map(guess, range(10 * rate.REFUSED_LIMIT)):
            assert answer.status_code in (401, 429)
            if answer.status_code == 429:
                break
        threads.shutdown(cancel_futures=True)
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
        assert 1 <= int(answer.headers["retry-after"]) <= rate.WINDOW_SECONDS
        assert ask(session, neighbour, neighbour.token).status_code == 200
