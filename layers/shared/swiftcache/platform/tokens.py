"""Keys: how they are made, and the only form in which they are kept.

A plain key exists in the answer that shows it once, and nowhere else. What is stored is its SHA-256: a key has
128 bits of randomness or more, so neither salt nor a slow hash is needed, and Redis's ACL takes exactly this
hash as a password (`#<hash>`).

While a request with an Idempotency-Key is worked on, ids and keys derive from its seed: see `platform/unit_of_work.py`.
"""

import hashlib
import secrets
import string

from swiftcache.platform.unit_of_work import current_work

_ALPHABET = string.ascii_lowercase + string.digits


def new_id(prefix: str) -> str:
    """`<prefix>_` and 16 of [a-z0-9] (82 bits): `inst_…`, `key_…`, `org_…`. Fit for a DNS label after the `_`."""
    # 16 bytes for 82 bits: what one character is likelier than another is below 2^-40.
    number = int.from_bytes(random_bytes(prefix, 16))
    characters = []
    for _ in range(16):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return f"{prefix}_{''.join(characters)}"


def new_account_key() -> str:
    """An account key, `sk_live_<32 hex>`: what authenticates to the API."""
    return f"sk_live_{random_bytes('sk_live', 16).hex()}"


def account_key_prefix(plain: str) -> str:
    """What a list shows of an account key, so that its holder can recognise it: `sk_live_` and 4 of its 32 digits."""
    return plain[: len("sk_live_") + 4]


def new_instance_key() -> str:
    """An instance key, `sc_live_<32 hex>`: the Redis password (the form is the public API's)."""
    return f"sc_live_{random_bytes('sc_live', 16).hex()}"


def new_control_password() -> str:
    """The password of our own user in an instance's Redis, 256 bits."""
    return secrets.token_urlsafe(32)


def new_session_token() -> str:
    """What a browser holds of its session, 256 bits, of characters that a cookie may have."""
    return secrets.token_urlsafe(32)


def sha256(plain: str) -> str:
    """64 lower-case hex digits. Takes any text, also such that no key could be."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def random_bytes(label: str, size: int) -> bytes:
    """For what is made to last: the tries of one request get the same, if it has an Idempotency-Key."""
    work = current_work()
    return work.random(label, size) if work else secrets.token_bytes(size)
