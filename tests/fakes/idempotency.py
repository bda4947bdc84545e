"""Idempotency keys and the seal in memory. tests/contract holds them to what the adapters do."""

import threading
from dataclasses import dataclass, field, replace

from swiftcache.api.idempotency_ports import Claim, IdempotentRequest, Sealed
from swiftcache.platform.errors import DependencyUnavailable


@dataclass
class FakeClaims:
    stored: dict[tuple[str, str], Claim] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, new: Claim, now: float) -> Claim:
        with self.lock:
            there = self._current(new.request, now)
            if there is None:
                self.stored[_key(new.request)] = there = new
            return there

    def find(self, request: IdempotentRequest, now: float) -> Claim | None:
        with self.lock:
            return self._current(request, now)

    def take_over(self, seen: Claim, new: Claim) -> bool:
        with self.lock:
            there = self.stored[_key(seen.request)]
            if (there.owner, there.applied, there.answer) != (seen.owner, seen.applied, None):
                return False
            self.stored[_key(seen.request)] = replace(there, owner=new.owner, locked_until=new.locked_until, at=new.at)
            return True

    def complete(self, claim: Claim, answer: Sealed) -> bool:
        return self._change(replace(self.stored[_key(claim.request)], answer=answer), claim.owner)

    def release(self, claim: Claim) -> None:
        self._change(replace(self.stored[_key(claim.request)], locked_until=0), claim.owner)

    def _change(self, changed: Claim, owner: str) -> bool:
        with self.lock:
            if changed.owner == owner:
                self.stored[_key(changed.request)] = changed
            return changed.owner == owner

    def _current(self, request: IdempotentRequest, now: float) -> Claim | None:
        there = self.stored.get(_key(request))
        return there if there and there.expires_at > now else None


def _key(request: IdempotentRequest) -> tuple[str, str]:
    return request.account_key_id, request.key_sha256


@dataclass
class FakeSeal:
    """`available` is False while nothing can be sealed or opened."""

    available: bool = True
    sealed: dict[Sealed, tuple[bytes, dict[str, str]]] = field(default_factory=dict)

    def seal(self, content: bytes, about: dict[str, str]) -> Sealed:
        self._check()
        token = (f"sealed {len(self.sealed)}".encode(),)
        self.sealed[token] = (content, about)
        return token

    def open(self, sealed: Sealed, about: dict[str, str]) -> bytes:
        self._check()
        content, sealed_about = self.sealed[sealed]
        if about != sealed_about:
            raise ValueError("this was sealed for something else")
        return content

    def _check(self) -> None:
        if not self.available:
            raise DependencyUnavailable("the key service is busy")
