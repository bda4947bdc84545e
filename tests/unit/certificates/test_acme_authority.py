"""What an authority that speaks ACME answers, in our words. tests/integration/certificates asks a real one."""

from typing import Any

import pytest
import requests
from acme import errors, messages
from josepy.errors import DeserializationError
from josepy.jwk import JWKEC

from swiftcache.certificates.acme_authority import AcmeOpenAccount
from swiftcache.certificates.model import PendingOrder, RenewalCode, RenewalFailed
from swiftcache.certificates.pem import new_private_key, private_key_of

ORDER = PendingOrder("https://acme/order/1", "https://acme/order/1/finalize", ("*.redis.example.com",), "")
KEY = JWKEC(key=private_key_of(new_private_key()))


class Answering:
    """A client to which everything is answered so."""

    def __init__(self, answer: Exception) -> None:
        self._answer = answer

    def new_order(self, *_: object) -> None:
        raise self._answer

    poll_finalization = new_order


def account(answer: Exception) -> AcmeOpenAccount:
    client: Any = Answering(answer)
    return AcmeOpenAccount(client, KEY)


def problem(kind: str) -> messages.Error:
    return messages.Error.with_code(kind, detail="as it says")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem("rateLimited"), RenewalCode.RATE_LIMITED),
        (problem("rejectedIdentifier"), RenewalCode.REFUSED),
        (errors.IssuanceError(problem("caa")), RenewalCode.REFUSED),
        (errors.TimeoutError(), RenewalCode.TIMED_OUT),
        (errors.ValidationError([]), RenewalCode.CHALLENGE_FAILED),
        (requests.ConnectionError(), RenewalCode.DIRECTORY_UNREACHABLE),
        (requests.ReadTimeout(), RenewalCode.DIRECTORY_UNREACHABLE),
        (errors.ClientError("<html>"), RenewalCode.REFUSED),
        (DeserializationError("<html>"), RenewalCode.REFUSED),
    ],
)
def test_each_answer_that_is_no_certificate_has_a_code(answer: Exception, code: RenewalCode) -> None:
    with pytest.raises(RenewalFailed) as caught:
        account(answer).order(b"")
    assert caught.value.code == code
    assert "<html>" not in str(caught.value)


def test_what_the_authority_says_is_told() -> None:
    with pytest.raises(RenewalFailed, match="as it says"):
        account(problem("rateLimited")).order(b"")


@pytest.mark.parametrize("answer", [problem("malformed"), errors.IssuanceError(problem("caa"))])
def test_nothing_comes_of_an_order_that_is_refused(answer: Exception) -> None:
    assert account(answer).collect(ORDER, b"") is None


@pytest.mark.parametrize("answer", [problem("rateLimited"), errors.TimeoutError(), requests.ConnectionError()])
def test_an_order_of_which_nothing_is_known_is_not_given_up(answer: Exception) -> None:
    with pytest.raises(RenewalFailed):
        account(answer).collect(ORDER, b"")
