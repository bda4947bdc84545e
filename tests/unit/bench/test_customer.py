"""A client that does what the API tells it."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.bench import customer as module
from tests.bench.customer import Customer, Refused

CREATED = {"instance": {"id": "inst_1"}, "createdDefaultKey": {"plainTextKey": "sc_live_1"}}

Asked = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("threading.Event.wait", lambda _, seconds: pauses.append(seconds))
    return pauses


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asked]:
    """Lets the API answer these, one after the other, and returns the list that requests are noted in."""

    def script(*given: tuple[int, object, dict[str, str]]) -> Asked:
        asked: Asked = []
        coming: Iterator[tuple[int, object, dict[str, str]]] = iter(given)

        def request(_: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
            asked.append((method, url, options))
            answer = requests.Response()
            answer.status_code, body, headers = next(coming)
            answer._content = json.dumps(body).encode()
            answer.headers.update(headers)
            return answer

        monkeypatch.setattr(requests.Session, "request", request)
        return asked

    return script


@pytest.fixture
def customer() -> Iterator[Customer]:
    with Customer("http://api", "sk_live_1", "org_1") as made:
        yield made


def test_what_was_not_served_is_sent_again_as_it_was(
    customer: Customer, answers: Callable[..., Asked], slept: list[float]
) -> None:
    asked = answers((503, {}, {}), (409, {}, {"retry-after": "2"}), (429, {}, {"retry-after": "7"}), (201, CREATED, {}))
    posted = customer.create("once")
    assert (posted.id, posted.key) == ("inst_1", "sc_live_1")
    assert [options["headers"] for _, _, options in asked] == [{"Idempotency-Key": "once"}] * 4
    assert (slept, customer.put_off) == ([1, 2, 7], 3)


def test_what_is_refused_is_not_sent_again(customer: Customer, answers: Callable[..., Asked]) -> None:
    answers((400, {"code": "INVALID"}, {}))
    with pytest.raises(Refused, match=r"POST  was answered 400: .*INVALID"):
        customer.create()


def test_who_is_told_to_stop_asks_no_more(answers: Callable[..., Asked]) -> None:
    stop = threading.Event()
    stop.set()
    answers((503, {}, {}))
    with Customer("http://api", "sk_live_1", "org_1", stop) as customer, pytest.raises(Refused, match="503"):
        customer.create()


def test_patience_ends(customer: Customer, answers: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", -1)
    answers((503, {}, {}))
    with pytest.raises(Refused, match="503"):
        customer.create()


def test_the_customer_waits_on_while_the_instance_is_provisioning(
    customer: Customer, answers: Callable[..., Asked]
) -> None:
    asked = answers(
        (200, {"instance": {"status": "PROVISIONING"}}, {}), (200, {"instance": {"status": "RUNNING", "port": 1}}, {})
    )
    assert customer.running("inst_1")["port"] == 1
    assert asked[1] == asked[0]
    assert asked[0][2]["params"] == {"waitFor": "RUNNING", "timeout": 25}


def test_an_instance_that_failed_is_not_waited_for(customer: Customer, answers: Callable[..., Asked]) -> None:
    answers((200, {"instance": {"status": "ERROR", "error": {"message": "no room"}}}, {}))
    with pytest.raises(Refused, match="no room"):
        customer.running("inst_1")


def test_a_list_has_all_pages(customer: Customer, answers: Callable[..., Asked]) -> None:
    answers((200, {"instances": [{"id": 1}], "nextCursor": "c"}, {}), (200, {"instances": [{"id": 2}]}, {}))
    assert customer.instances() == [{"id": 1}, {"id": 2}]


def test_a_deletion_that_was_not_heard_of_has_happened(
    customer: Customer, answers: Callable[..., Asked], slept: list[float]
) -> None:
    answers((503, {}, {}), (404, {}, {}))
    customer.delete("inst_1")
    assert slept == [1]
