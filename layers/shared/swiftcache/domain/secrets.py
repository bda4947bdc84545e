"""Keys: how they are made, and the only form in which they are kept.

A plain key exists in the answer that shows it once, and nowhere else. What is stored is its SHA-256: a key has
128 bits of randomness or more, so neither salt nor a slow hash is needed, and Redis's ACL takes exactly this
hash as a password (`#<hash>`).
"""

import hashlib
import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits


def new_id(prefix: str) -> str:
    """`<prefix>_` and 16 of [a-z0-9] (82 bits): `inst_…`, `key_…`, `org_…`. Fit for a DNS label after the `_`."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(16))}"


def new_account_key() -> str:
    """An account key, `sk_live_<32 hex>`: what authenticates to the API."""
    return f"sk_live_{secrets.token_hex(16)}"


def account_key_prefix(plain: str) -> str:
    """What a list shows of an account key, so that its holder can recognise it: `sk_live_` and 4 of its 32 digits."""
    return plain[: len("sk_live_") + 4]


def new_instance_key() -> str:
    """An instance key, `sc_live_<32 hex>`: the Redis password (the form is the public API's)."""
    return f"sc_live_{secrets.token_hex(16)}"


def new_control_password() -> str:
    """The password of our own user in an instance's Redis, 256 bits."""
    return secrets.token_urlsafe(32)


def sha256(plain: str) -> str:
    """64 lower-case hex digits."""
    return hashlib.sha256(plain.encode()).hexdigest()
