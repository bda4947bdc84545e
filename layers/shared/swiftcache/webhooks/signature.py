"""The signature of a webhook's message, by the convention of Standard Webhooks (https://www.standardwebhooks.com).

Its verification libraries exist for many languages, so receivers need not write their own.
"""

import base64
import hashlib
import hmac

from swiftcache.platform.tokens import random_bytes

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_signing_secret() -> str:
    """`whsec_` and 256 bits in base64: what sender and receiver share."""
    return PREFIX + base64.b64encode(random_bytes("whsec", _SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message. `timestamp` is in seconds since the epoch, and part of what is signed.

    So a message that somebody recorded cannot be sent again later as if it were new.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
