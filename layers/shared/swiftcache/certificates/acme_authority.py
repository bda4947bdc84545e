"""A certificate authority that speaks ACME (RFC 8555), such as Let's Encrypt, by certbot's own library."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import requests
from acme import challenges, errors, messages
from acme.client import ClientNetwork, ClientV2
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from swiftcache.certificates.model import AccountBinding, PendingOrder, RenewalCode, RenewalFailed
from swiftcache.certificates.pem import private_key_of

_SECONDS = 10
"""For each answer."""

_PATIENCE = timedelta(seconds=75)
"""For the authority to see a challenge, and again to issue the certificate."""

_USER_AGENT = "SwiftCache (acme-python)"


class AcmeAuthority:
    """`directory` is the URL at which it says what it offers. `contact` is a mail address, or empty.

    `binding` reads what binds our account to one that the operator has with the authority."""

    def __init__(self, directory: str, contact: str, binding: Callable[[], AccountBinding] | None) -> None:
        self._directory = directory
        self._contact = contact
        self._binding = binding

    def open(self, account_key: str) -> "AcmeOpenAccount":
        key = JWKEC(key=private_key_of(account_key))
        with _refusals():
            net = ClientNetwork(key, alg=ES256, user_agent=_USER_AGENT, timeout=_SECONDS)
            client = ClientV2(ClientV2.get_directory(self._directory, net), net)
            try:
                client.new_account(self._registration(client, key))
            except errors.ConflictError as known:
                net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
        return AcmeOpenAccount(client, key)

    def _registration(self, client: ClientV2, key: JWKEC) -> messages.NewRegistration:
        bound = None
        if self._binding:
            known = self._binding()
            bound = messages.ExternalAccountBinding.from_data(
                key.public_key(), known.key_id, known.mac_key, client.directory
            )
        return messages.NewRegistration.from_data(
            email=self._contact or None, external_account_binding=bound, terms_of_service_agreed=True
        )


class AcmeOpenAccount:
    def __init__(self, client: ClientV2, key: JWKEC) -> None:
        self._client = client
        self._key = key

    def order(self, request: bytes) -> "AcmeOrder":
        with _refusals():
            return AcmeOrder(self._client, self._key, self._client.new_order(request))

    def collect(self, order: PendingOrder, request: bytes) -> str | None:
        pending = messages.OrderResource(
            uri=order.url, body=messages.Order(finalize=order.finalize_url), csr_pem=request
        )
        try:
            with _refusals():
                found = self._client.poll_finalization(pending, datetime.now() + _PATIENCE)
        except RenewalFailed as failed:
            # It is unknown, or has become invalid: another may do better.
            if failed.code == RenewalCode.REFUSED:
                return None
            raise
        return str(found.fullchain_pem)


class AcmeOrder:
    def __init__(self, client: ClientV2, key: JWKEC, order: messages.OrderResource) -> None:
        self._client = client
        self._key = key
        self._order = order
        self.url = str(order.uri)
        self.finalize_url = str(order.body.finalize)

    @property
    def challenges(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = defaultdict(tuple)
        with _refusals():
            for domain, challenge in self._open():
                found[challenge.chall.validation_domain_name(domain)] += (challenge.chall.validation(self._key),)
        return dict(found)

    def prove(self) -> None:
        with _refusals():
            for _, challenge in self._open():
                self._client.answer_challenge(challenge, challenge.chall.response(self._key))
            self._client.poll_authorizations(self._order, datetime.now() + _PATIENCE)

    def _open(self) -> Iterator[tuple[str, messages.ChallengeBody]]:
        """The challenges by DNS that are to be met, each with its domain. An authority may remember that one was."""
        for authorization in self._order.authorizations:
            if authorization.body.status == messages.STATUS_VALID:
                continue
            offered = [one for one in authorization.body.challenges if isinstance(one.chall, challenges.DNS01)]
            if not offered:
                raise RenewalFailed(RenewalCode.REFUSED, "the authority takes no proof by DNS (dns-01)")
            yield authorization.body.identifier.value, offered[0]


@contextmanager
def _refusals() -> Iterator[None]:
    """The library's errors as RenewalFailed, with what the authority says of them."""
    try:
        yield
    except errors.ValidationError as error:
        raise RenewalFailed(RenewalCode.CHALLENGE_FAILED, _text(error)) from error
    except errors.TimeoutError as error:
        raise RenewalFailed(RenewalCode.TIMED_OUT, "the authority was not done in time") from error
    except messages.Error as error:
        code = RenewalCode.RATE_LIMITED if error.code == "rateLimited" else RenewalCode.REFUSED
        raise RenewalFailed(code, f"the authority refuses: {_text(error)}") from error
    except errors.IssuanceError as error:
        raise RenewalFailed(RenewalCode.REFUSED, f"the authority does not issue: {_text(error.error)}") from error
    except (errors.Error, JoseError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The library takes for granted that an answer has the form of its kind.
        raise RenewalFailed(
            RenewalCode.REFUSED, f"the authority does not answer as ACME wants ({type(error).__name__})"
        ) from error
    except requests.RequestException as error:
        raise RenewalFailed(
            RenewalCode.DIRECTORY_UNREACHABLE, f"the authority does not answer ({type(error).__name__})"
        ) from error


def _text(error: Exception) -> str:
    """In one line, and no longer than somebody reads: it is a stranger's."""
    try:
        said = str(error)
    except (AttributeError, TypeError):
        return "in no words"  # the library takes for granted that they are texts
    return " ".join(said.split())[:500]
