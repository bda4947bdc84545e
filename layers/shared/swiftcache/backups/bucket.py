"""The bucket of backups in S3.

A request that hangs is given up after a minute and tried again: an upload is made of parts, and each may be sent twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from swiftcache.backups.ports import ObjectPage, Stored
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import NotFound
from swiftcache.platform.timestamps import timestamp

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

SERVICE = "S3"
READ_BYTES = 8 * 1024 * 1024
"""In one request of a read: a connection that breaks costs no more."""

_ABSENT = {"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404", "400"}
"""S3 answers 400 for a version's id that is none."""


class S3ObjectStore:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def begin(self, key: str) -> str:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType="application/octet-stream"
            )
        return answer["UploadId"]

    def put_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        with _absent_as_not_found(), passing_errors_as_unavailable(SERVICE):
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=content
            )
        return answer["ETag"]

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> str:
        with _absent_as_not_found(), passing_errors_as_unavailable(SERVICE):
            answer = self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": n} for n, tag in enumerate(tags, 1)]},
            )
        return answer["VersionId"]

    def put(self, key: str, content: bytes) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

    def abort(self, key: str, upload_id: str = "") -> None:
        with passing_errors_as_unavailable(SERVICE):
            for found in [upload_id] if upload_id else self._uploads(key):
                try:
                    self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=found)
                except ClientError as error:
                    if code_of(error) not in _ABSENT:
                        raise

    def _uploads(self, key: str) -> list[str]:
        found = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
        return [upload["UploadId"] for upload in found.get("Uploads", []) if upload["Key"] == key]

    def find(self, key: str, version: str = "") -> Stored | None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                if version:
                    answer = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=version)
                else:
                    answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise
        return Stored(key, answer["VersionId"], answer["ContentLength"])

    def read(self, key: str, version: str, start: int = 0) -> Iterator[bytes]:
        found = self.find(key, version)
        if found is None:
            raise NotFound(f"there is no object {key}")
        while start < found.size_bytes:
            with _absent_as_not_found(), passing_errors_as_unavailable(SERVICE):
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=key, VersionId=version, Range=f"bytes={start}-{start + READ_BYTES - 1}"
                )
                content = answer["Body"].read()
            yield content
            start += len(content)

    def link(self, key: str, version: str, seconds: int, file_name: str) -> str:
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "VersionId": version,
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(file_name)}",
            },
            ExpiresIn=seconds,
        )

    def upload_link(self, key: str, seconds: int) -> str:
        return self._client.generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    def has(self, key: str, version: str) -> bool:
        with passing_errors_as_unavailable(SERVICE):
            found = self._client.list_object_versions(Bucket=self._bucket, Prefix=key)
        return any((each["Key"], each["VersionId"]) == (key, version) for each in found.get("Versions", []))

    def erase(self, key: str) -> None:
        self._erase(found for found in self._versions(key) if found[0] == key)

    def erase_all(self, prefix: str) -> None:
        self._erase(self._versions(prefix))

    def _versions(self, prefix: str) -> list[tuple[str, str]]:
        """Keys and versions of what there is, and of what says that there is nothing any more."""
        with passing_errors_as_unavailable(SERVICE):
            found = self._client.list_object_versions(Bucket=self._bucket, Prefix=prefix)
        there = [(each["Key"], each["VersionId"]) for each in found.get("Versions", [])]
        return there + [(each["Key"], each["VersionId"]) for each in found.get("DeleteMarkers", [])]

    def _erase(self, versions: Iterable[tuple[str, str]]) -> None:
        with passing_errors_as_unavailable(SERVICE):
            for key, version in versions:
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)

    def page(self, prefix: str, after: str | None) -> ObjectPage:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=after or "")
        found = answer.get("Contents", [])
        keys, since = [each["Key"] for each in found], [timestamp(each["LastModified"]) for each in found]
        return ObjectPage(keys, keys[-1] if answer["IsTruncated"] else None, since)

    def folders(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                for each in page.get("CommonPrefixes", []):
                    yield each["Prefix"].removeprefix(prefix).removesuffix("/")

    def unfinished(self, prefix: str) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                for upload in page.get("Uploads", []):
                    yield upload["Key"], timestamp(upload["Initiated"])


@contextmanager
def _absent_as_not_found() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) in _ABSENT:
            raise NotFound("there is no such object or upload") from error
        raise
