"""The signature of a message, by the convention of Standard Webhooks."""

import base64
import hashlib
import hmac

from swiftcache.webhooks.signature import new_signing_secret, signed_headers


def test_a_secret_has_256_bits_and_the_prefix_that_libraries_expect() -> None:
    secret = new_signing_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert new_signing_secret() != secret


def test_id_time_and_body_are_signed() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    expected = base64.b64encode(hmac.new(b"k" * 32, b'msg_1.1614265330.{"a":1}', hashlib.sha256).digest()).decode()
    assert signed_headers(secret, "msg_1", 1614265330, b'{"a":1}') == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": f"v1,{expected}",
    }
