"""S3 as moto has it, but for an upload that has ended, which moto answers with a fault of its own."""

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend


def extend(patches: ExitStack) -> None:
    """Make moto refuse the parts and the end of an upload that was completed or aborted, as S3 does."""
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
