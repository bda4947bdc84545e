"""What every seal does: the one of KMS, and the fake that other tests use; and what only the real one can."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from swiftcache.api.idempotency_ports import Seal
from swiftcache.api.kms_seal import PIECE_BYTES, KmsSeal
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.idempotency import FakeSeal

ABOUT = {"purpose": "test", "part": "answer"}
SECRET = b"sc_live_0123456789abcdef0123456789abcdef"


@pytest.fixture
def client() -> Any:
    return boto3.client("kms", region_name="eu-central-1")


@pytest.fixture
def kms(client: Any) -> KmsSeal:
    return KmsSeal(client, client.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(params=["memory", "kms"])
def seal(request: pytest.FixtureRequest, kms: KmsSeal) -> Seal:
    return kms if request.param == "kms" else FakeSeal()


@pytest.mark.parametrize("size", [1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_is_sealed_opens(seal: Seal, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert seal.open(seal.seal(content, ABOUT), ABOUT) == content


def test_what_is_sealed_opens_for_nothing_else(seal: Seal) -> None:
    sealed = seal.seal(SECRET, ABOUT)
    with pytest.raises((ClientError, ValueError)):
        seal.open(sealed, {**ABOUT, "part": "seed"})


@pytest.mark.parametrize("size", [len(SECRET), 3 * PIECE_BYTES])
def test_what_is_sealed_does_not_show(kms: KmsSeal, size: int) -> None:
    sealed = kms.seal(SECRET.ljust(size, b"."), ABOUT)
    assert not [piece for piece in sealed if SECRET in piece or b"sc_live" in piece or b"..." in piece]


def test_the_same_looks_different_each_time(kms: KmsSeal) -> None:
    assert kms.seal(SECRET, ABOUT) != kms.seal(SECRET, ABOUT)


def test_a_changed_piece_does_not_open(kms: KmsSeal) -> None:
    [piece] = kms.seal(SECRET, ABOUT)
    with pytest.raises(ClientError):
        kms.open((piece[:-1] + bytes([piece[-1] ^ 1]),), ABOUT)


@pytest.mark.parametrize("order", [(1, 0), (0,), (0, 0)])
def test_pieces_in_another_order_do_not_open(kms: KmsSeal, order: tuple[int, ...]) -> None:
    pieces = kms.seal(b"x" * PIECE_BYTES + b"y" * PIECE_BYTES, ABOUT)
    with pytest.raises(ClientError):
        kms.open(tuple(pieces[number] for number in order), ABOUT)


@pytest.mark.parametrize("code", ["ThrottlingException", "KMSInternalException", "KeyUnavailableException"])
def test_a_busy_key_service_is_unavailable(kms: KmsSeal, client: Any, code: str) -> None:
    def busy(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "busy"}}, "Encrypt")

    client.meta.events.register("before-call", busy)
    with pytest.raises(DependencyUnavailable):
        kms.seal(SECRET, ABOUT)
