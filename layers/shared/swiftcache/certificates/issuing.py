"""Having a certificate issued: order, prove whose the domain is, collect. Each step may be the last, and run again."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.certificates.model import (
    AcmeAccount,
    Bundle,
    PendingOrder,
    RenewalCode,
    RenewalFailed,
    is_due,
)
from swiftcache.certificates.pem import completed, described, new_private_key, request_of
from swiftcache.certificates.ports import AccountSecret, CertificateAuthority, Challenges, OpenAccount
from swiftcache.platform.errors import DependencyUnavailable

Noting = Callable[[tuple[str, ...]], None]
"""Keeps at which names there may be records of ours."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """`names` are those that the certificate is to have; `roots` gives those that we trust, in DER.

    `now` gives the time with its zone.
    """

    names: tuple[str, ...]
    authority: CertificateAuthority
    account: AccountSecret
    challenges: Challenges
    roots: Callable[[], Sequence[bytes]]
    now: Callable[[], datetime]

    def issue(self, before: Bundle | None, noting: Noting) -> Bundle:
        """A certificate that is as it must be, with its key. `before` is what tasks are started with by now.

        What a run before this one has ordered and not collected is collected. Raises RenewalFailed,
        DependencyUnavailable.
        """
        account = self.account.load()
        if account is None:
            account = AcmeAccount(new_private_key())
            self.account.store(account)
        opened = self.authority.open(account.key)
        return self._left_over(opened, account, before) or self._new(opened, account, before, noting)

    def settle(self) -> None:
        """What was issued is in use: nothing is left to collect."""
        account = self.account.load()
        if account and account.order:
            self.account.store(replace(account, order=None))

    def withdraw(self, records: Iterable[str], noting: Noting) -> None:
        """Removes the records of challenges. Where that is not possible now, the next run does it."""
        with suppress(DependencyUnavailable):
            for name in records:
                self.challenges.remove(name)
            noting(())

    def _left_over(self, opened: OpenAccount, account: AcmeAccount, before: Bundle | None) -> Bundle | None:
        order = account.order
        if order is None or order.names != self.names:
            return None
        chain = opened.collect(order, request_of(order.private_key, order.names))
        if chain is None:
            return None
        with suppress(RenewalFailed):
            bundle = self._completed(chain, order, before)
            if before is None or bundle.certificate != before.certificate:
                return None if is_due(described(bundle), self.names, self.now()) else bundle
        return None

    def _new(self, opened: OpenAccount, account: AcmeAccount, before: Bundle | None, noting: Noting) -> Bundle:
        key = new_private_key()
        request = request_of(key, self.names)
        order = opened.order(request)
        records = order.challenges
        if records:
            noting(tuple(records))
            try:
                self.challenges.publish(records)
                order.prove()
            finally:
                self.withdraw(records, noting)
        # From here on it may be issued, and authorities count how many are: whoever dies now leaves it to the next run.
        pending = PendingOrder(order.url, order.finalize_url, self.names, key)
        self.account.store(replace(account, order=pending))
        chain = opened.collect(pending, request)
        if chain is None:
            raise RenewalFailed(RenewalCode.REFUSED, "the authority does not issue what it was asked for")
        return self._completed(chain, pending, before)

    def _completed(self, chain: str, order: PendingOrder, before: Bundle | None) -> Bundle:
        return completed(chain, order.private_key, self.names, self.roots(), before, self.now())
