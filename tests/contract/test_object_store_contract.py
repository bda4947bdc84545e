"""What every bucket of backups does: the one in S3, and the fake that other tests use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests

from local.aws import s3
from swiftcache.backups.bucket import S3ObjectStore
from swiftcache.backups.ports import ObjectStore
from swiftcache.platform.errors import NotFound
from tests.fakes.object_store import FakeObjectStore

MIB = 1024 * 1024
KEY = "backups/org_1/bkp_1.rdb"


def in_s3() -> ObjectStore:
    client = boto3.client("s3", region_name="eu-central-1")
    client.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    client.put_bucket_versioning(Bucket="backups", VersioningConfiguration={"Status": "Enabled"})
    return S3ObjectStore(client, "backups")


@pytest.fixture(params=[FakeObjectStore, in_s3], ids=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    make: Callable[[], ObjectStore] = request.param
    with ExitStack() as patches:
        s3.extend(patches)
        yield make()


def put(store: ObjectStore, content: bytes, key: str = KEY) -> str:
    upload = store.begin(key)
    return store.complete(key, upload, [store.put_part(key, upload, 1, content)])


def test_an_object_is_its_parts_one_after_the_other(store: ObjectStore) -> None:
    upload = store.begin(KEY)
    tags = [store.put_part(KEY, upload, number, bytes([number]) * 5 * MIB) for number in (1, 2)]
    version = store.complete(KEY, upload, [*tags, store.put_part(KEY, upload, 3, b"end")])
    found = store.find(KEY, version)
    assert found is not None
    assert (found.version, found.size_bytes) == (version, 10 * MIB + 3)
    assert b"".join(store.read(KEY, version)) == b"\1" * 5 * MIB + b"\2" * 5 * MIB + b"end"
    assert b"".join(store.read(KEY, version, 10 * MIB)) == b"end"


def test_a_part_that_is_sent_again_replaces_itself(store: ObjectStore) -> None:
    upload = store.begin(KEY)
    store.put_part(KEY, upload, 1, b"first")
    version = store.complete(KEY, upload, [store.put_part(KEY, upload, 1, b"again")])
    assert b"".join(store.read(KEY, version)) == b"again"


def test_what_was_put_in_an_objects_place_is_another_version(store: ObjectStore) -> None:
    first, second = put(store, b"first"), put(store, b"second")
    assert b"".join(store.read(KEY, first)) == b"first"
    newest = store.find(KEY)
    assert newest is not None
    assert newest.version == second


def test_an_upload_that_was_aborted_is_gone_and_its_object_never_was(store: ObjectStore) -> None:
    upload = store.begin(KEY)
    tag = store.put_part(KEY, upload, 1, b"half")
    store.abort(KEY)
    store.abort(KEY)
    with pytest.raises(NotFound):
        store.complete(KEY, upload, [tag])
    with pytest.raises(NotFound):
        store.put_part(KEY, upload, 2, b"more")
    assert store.find(KEY) is None


def test_an_erased_object_is_gone_in_all_versions(store: ObjectStore) -> None:
    first = put(store, b"first")
    put(store, b"second")
    put(store, b"other", f"{KEY}.other")
    store.erase(KEY)
    store.erase(KEY)
    assert store.find(KEY) is store.find(KEY, first) is None
    assert store.find(f"{KEY}.other") is not None
    with pytest.raises(NotFound):
        next(iter(store.read(KEY, first)))


def test_a_small_object_is_put_in_one_piece_and_replaces_another(store: ObjectStore) -> None:
    for content in (b"first", b"second"):
        store.put(KEY, content)
    found = store.find(KEY)
    assert found is not None
    assert b"".join(store.read(KEY, found.version)) == b"second"


def test_all_that_begins_so_is_erased_in_all_versions(store: ObjectStore) -> None:
    first = put(store, b"first", "proofs/org_1/bkp_1/0")
    for key in ("proofs/org_1/bkp_1/0", "proofs/org_1/bkp_1/1", "proofs/org_1/bkp_10/0"):
        put(store, b"x", key)
    store.erase_all("proofs/org_1/bkp_1/")
    store.erase_all("proofs/org_1/bkp_1/")
    assert store.page("proofs/", None).keys == ["proofs/org_1/bkp_10/0"]
    assert store.find("proofs/org_1/bkp_1/0", first) is None


def test_objects_are_listed_by_their_keys(store: ObjectStore) -> None:
    for name in ("b", "a", "c"):
        put(store, name.encode(), f"backups/org_1/{name}")
    put(store, b"x", "other/x")
    page = store.page("backups/", None)
    assert (page.keys, page.after) == ([f"backups/org_1/{name}" for name in ("a", "b", "c")], None)
    assert store.page("backups/", "backups/org_1/b").keys == ["backups/org_1/c"]


def test_since_when_an_object_is_there_comes_with_the_list(store: ObjectStore) -> None:
    before = datetime.now(UTC)
    put(store, b"content")
    [since] = store.page("backups/", None).since
    assert before - timedelta(seconds=2) < datetime.fromisoformat(since) < before + timedelta(minutes=1)


def test_the_folders_of_objects_are_listed_once_each(store: ObjectStore) -> None:
    for key in ("backups/org_1/a", "backups/org_1/b", "backups/org_2/c", "other/x"):
        put(store, b"x", key)
    assert sorted(store.folders("backups/")) == ["org_1", "org_2"]


def test_an_upload_is_listed_until_it_has_ended(store: ObjectStore) -> None:
    upload = store.begin(KEY)
    store.begin("other/x")
    [(key, since)] = store.unfinished("backups/")
    assert key == KEY
    assert datetime.fromisoformat(since) < datetime.now(UTC) + timedelta(minutes=1)
    store.complete(KEY, upload, [store.put_part(KEY, upload, 1, b"content")])
    assert list(store.unfinished("backups/")) == []


def test_a_version_is_there_until_it_is_erased_whatever_was_put_in_its_place(store: ObjectStore) -> None:
    version = put(store, b"first")
    put(store, b"second")
    assert store.has(KEY, version)
    assert not store.has(KEY, "another")
    assert not store.has("backups/org_1", version)
    store.erase(KEY)
    assert not store.has(KEY, version)


def test_a_link_leads_to_the_object_for_who_has_nothing_else() -> None:
    store = in_s3()
    version = put(store, b"content")
    link = store.link(KEY, version, 60, "my backup.rdb")
    answer = requests.get(link, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"content")


def test_who_has_an_upload_link_can_put_the_object() -> None:
    store = in_s3()
    assert requests.put(store.upload_link(KEY, 60), data=b"content", timeout=5).status_code == 200
    found = store.find(KEY)
    assert found is not None
    assert found.size_bytes == 7
