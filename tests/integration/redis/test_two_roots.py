"""The certificate's chain moves to another root while instances run: the next task trusts both, and takes over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.integration.redis.tasks import HOSTNAME
from tests.integration.redis.world import LARGE, World, running

pytestmark = pytest.mark.xdist_group("busy-redis")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from running(tmp_path, monkeypatch)


def test_a_task_copies_from_one_whose_certificate_leads_to_the_root_of_before(world: World) -> None:
    with world.client() as client:
        client.set("before", "1")
    authority = trustme.CA()
    issued = authority.issue_cert(HOSTNAME)
    both = authority.cert_pem.bytes().decode() + world.tasks.secrets["AUTHORITY"]
    world.tasks.ca.write_text(both)
    world.tasks.secrets |= {
        "CERTIFICATE": b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode(),
        "PRIVATE_KEY": issued.private_key_pem.bytes().decode(),
        "AUTHORITY": both,
    }
    world.resize(LARGE)
    world.switch_over()
    world.settle()
    with world.client() as client:
        assert client.get("before") == "1"
    assert world.instance.max_memory == LARGE
