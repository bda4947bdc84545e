"""S3 as moto has it, and what it lacks or does in a way of its own:

- an upload that has ended answers as S3 does, where moto answers with a fault of its own;
- a bucket of a template has versions and tells EventBridge of what is put there, if the template says so;
- a part of an object is read as a part: moto would read all of it for each.

moto keeps what is larger than 16 MiB in a file, and has it in memory while it answers for the whole of it.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, Protocol
from unittest.mock import patch

from moto.s3 import notifications
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.responses import S3Response

from local.aws.dispatch import ACCOUNT

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
_unread: ContextVar[bool] = ContextVar("unread", default=False)


class Emit(Protocol):
    def __call__(self, source: str, detail_type: str, resources: list[str], detail: Mapping[str, object]) -> None:
        """Puts an event of an AWS service on the default bus."""


def extend(patches: ExitStack, emit: Emit | None = None) -> None:
    """Make moto answer as S3 does. `emit` gets the events of buckets that tell EventBridge."""
    _extend_uploads(patches)
    _extend_templates(patches)
    _extend_reads(patches)
    if emit is not None:
        _extend_events(patches, emit)


def _extend_uploads(patches: ExitStack) -> None:
    """The parts and the end of an upload that was completed or aborted are refused."""
    complete, put_part = S3Backend.complete_multipart_upload, S3Backend.upload_part

    def complete_known(backend: S3Backend, bucket_name: str, multipart_id: str, body: Any) -> Any:
        _check(backend, bucket_name, multipart_id)
        return complete(backend, bucket_name, multipart_id, body)

    def put_part_of_known(backend: S3Backend, bucket_name: str, multipart_id: str, part_id: int, value: bytes) -> Any:
        _check(backend, bucket_name, multipart_id)
        return put_part(backend, bucket_name, multipart_id, part_id, value)

    patches.enter_context(patch.object(S3Backend, "complete_multipart_upload", complete_known))
    patches.enter_context(patch.object(S3Backend, "upload_part", put_part_of_known))


def _check(backend: S3Backend, bucket_name: str, multipart_id: str) -> None:
    if multipart_id not in backend.get_bucket(bucket_name).multiparts:
        raise NoSuchUpload(upload_id=multipart_id)


def _extend_templates(patches: ExitStack) -> None:
    create = FakeBucket.create_from_cloudformation_json

    def created(_: type[FakeBucket], name: str, resource: Any, *more: Any, **named: Any) -> FakeBucket:
        bucket = create(name, resource, *more, **named)
        properties = resource.get("Properties", {})
        bucket.versioning_status = properties.get("VersioningConfiguration", {}).get("Status")
        if "EventBridgeConfiguration" in properties.get("NotificationConfiguration", {}):
            bucket.set_notification_configuration({"EventBridgeConfiguration": {}})
        return bucket

    patches.enter_context(patch.object(FakeBucket, "create_from_cloudformation_json", classmethod(created)))


def _extend_reads(patches: ExitStack) -> None:
    whole = S3Response.get_object
    value: Any = FakeKey.value

    def value_if_read(key: FakeKey) -> bytes:
        content: bytes = b"" if _unread.get() else value.fget(key)
        return content

    def get_object(response: S3Response) -> Any:
        asked = _RANGE.fullmatch(response.headers.get("range", ""))
        key, not_modified = response._get_key() if asked else (None, False)
        if asked is None or key is None or not_modified or int(asked[1]) >= key.size:
            return whole(response)
        start, end = int(asked[1]), min(int(asked[2] or key.size), key.size - 1)
        with _left_unread():
            _, headers, _ = whole(response)
        with key.lock:
            key._value_buffer.seek(start)
            part = key._value_buffer.read(end - start + 1)
        # S3 tells the checksum of the whole only with the whole.
        told = {name: value for name, value in headers.items() if not name.startswith("x-amz-checksum-")}
        told |= {"content-range": f"bytes {start}-{end}/{key.size}", "content-length": str(len(part))}
        return 206, told, part

    patches.enter_context(patch.object(FakeKey, "value", property(value_if_read, value.fset)))
    patches.enter_context(patch.object(S3Response, "get_object", get_object))


@contextmanager
def _left_unread() -> Iterator[None]:
    token = _unread.set(True)
    try:
        yield
    finally:
        _unread.reset(token)


def _extend_events(patches: ExitStack, emit: Emit) -> None:
    def send(_: str, bucket: FakeBucket, event: str, key: FakeKey) -> None:
        _, kind, reason = event.split(":")
        if kind != "ObjectCreated":
            # moto tells of tags and of a list of rights that nobody has set.
            return
        emit(
            "aws.s3",
            "Object Created",
            [bucket.arn],
            {
                "version": "0",
                "bucket": {"name": bucket.name},
                "object": {
                    "key": key.name,
                    "size": key.size,
                    "etag": key.etag.strip('"'),
                    "version-id": key.version_id,
                    "sequencer": uuid.uuid4().hex[:16].upper(),
                },
                "request-id": uuid.uuid4().hex[:16].upper(),
                "requester": ACCOUNT,
                "source-ip-address": "127.0.0.1",
                "reason": _REASONS.get(reason, reason),
            },
        )

    patches.enter_context(patch.object(notifications, "_send_event_bridge_message", send))
