"""Sealing with KMS: what is sealed can be opened only by who may use the key, and only for what it was sealed for.

KMS encrypts 4096 bytes at a time, which holds nearly every answer; a longer one is sealed in pieces. A data key would
need a cipher of our own in the layer.
"""

from typing import TYPE_CHECKING

from swiftcache.api.idempotency_ports import Sealed
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

PIECE_BYTES = 4096
_SERVICE = "the key service"


class KmsSeal:
    def __init__(self, client: "KMSClient", key_arn: str) -> None:
        self._client = client
        self._key_arn = key_arn

    def seal(self, content: bytes, about: dict[str, str]) -> Sealed:
        pieces = [content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES)]
        with passing_errors_as_unavailable(_SERVICE):
            return tuple(
                self._client.encrypt(
                    KeyId=self._key_arn, Plaintext=piece, EncryptionContext=_context(about, number, len(pieces))
                )["CiphertextBlob"]
                for number, piece in enumerate(pieces)
            )

    def open(self, sealed: Sealed, about: dict[str, str]) -> bytes:
        with passing_errors_as_unavailable(_SERVICE):
            return b"".join(
                self._client.decrypt(
                    KeyId=self._key_arn, CiphertextBlob=piece, EncryptionContext=_context(about, number, len(sealed))
                )["Plaintext"]
                for number, piece in enumerate(sealed)
            )


def _context(about: dict[str, str], number: int, count: int) -> dict[str, str]:
    """Names the piece too: pieces cannot be left out or put in another order."""
    return {**about, "piece": f"{number + 1} of {count}"}
