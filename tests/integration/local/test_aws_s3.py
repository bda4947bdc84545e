"""S3: links that end, buckets of a template, events of objects, parts that are read as parts."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from local.aws import links
from tests.integration.local.aws_stack import Stack, started

BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {
        "BucketName": "bucket",
        "VersioningConfiguration": {"Status": "Enabled"},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    },
}


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        template = json.dumps({"Resources": {"Bucket": BUCKET}})
        stack.client("cloudformation").create_stack(StackName="stack", TemplateBody=template)
        yield stack


def signing(stack: Stack) -> Any:
    """A client whose links lead to the stack."""
    client: Any = boto3.client
    return client(
        "s3",
        endpoint_url=stack.substitutes.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(signature_version="s3v4"),
    )


def link(stack: Stack, operation: str = "get_object", seconds: int = 60, **more: str) -> str:
    made: str = signing(stack).generate_presigned_url(
        operation, Params={"Bucket": "bucket", "Key": "a/b.rdb", **more}, ExpiresIn=seconds
    )
    return made


def test_who_has_a_link_may_put_an_object_and_get_it(stack: Stack) -> None:
    assert requests.put(link(stack, "put_object"), data=b"content", timeout=10).status_code == 200
    assert requests.get(link(stack), timeout=10).content == b"content"


def test_a_link_to_a_version_leads_to_it_whatever_is_put_in_its_place(stack: Stack) -> None:
    first = stack.client("s3").put_object(Bucket="bucket", Key="a/b.rdb", Body=b"first")["VersionId"]
    stack.client("s3").put_object(Bucket="bucket", Key="a/b.rdb", Body=b"second")
    assert requests.get(link(stack, VersionId=first), timeout=10).content == b"first"


def test_how_large_an_object_is_is_told_without_it(stack: Stack) -> None:
    stack.client("s3").put_object(Bucket="bucket", Key="a/b.rdb", Body=b"content")
    assert signing(stack).head_object(Bucket="bucket", Key="a/b.rdb")["ContentLength"] == 7


@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_a_link_is_refused_when_it_has_ended(stack: Stack, operation: str) -> None:
    ended = link(stack, operation, seconds=1)
    time.sleep(2.1)
    method = "PUT" if operation == "put_object" else "GET"
    answer = requests.request(method, ended, data=b"late" if method == "PUT" else None, timeout=10)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    assert "Contents" not in stack.client("s3").list_objects_v2(Bucket="bucket")


def test_a_link_is_of_use_until_its_end_and_no_longer() -> None:
    signed = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    address = "/bucket/key?X-Amz-Date=20260701T090000Z&X-Amz-Expires=900&X-Amz-Signature=s"
    assert links.refusal(address, signed + timedelta(seconds=900)) is None
    refused = links.refusal(address, signed + timedelta(seconds=901))
    assert refused is not None
    assert b"<Expires>2026-07-01T09:15:00Z</Expires>" in refused.body
    assert links.refusal("/bucket/key?versionId=1", signed) is None


def test_an_object_that_is_put_is_told_to_eventbridge(stack: Stack) -> None:
    stack.collect_events({"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "a/"}]}}})
    stack.client("s3").put_object(Bucket="bucket", Key="b/c", Body=b"other")
    requests.put(link(stack, "put_object"), data=b"content", timeout=10)
    event = stack.functions.next_payload("collector")
    assert (event["detail-type"], event["detail"]["reason"]) == ("Object Created", "PutObject")
    put = stack.client("s3").head_object(Bucket="bucket", Key="a/b.rdb")
    told = event["detail"]["object"]
    assert (told["key"], told["size"], told["version-id"]) == ("a/b.rdb", 7, put["VersionId"])
    assert event["resources"] == ["arn:aws:s3:::bucket"]
    assert not stack.functions.has_payload("collector")


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-1", b"01", "bytes 0-1/10"),
        ("bytes=8-20", b"89", "bytes 8-9/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
    ],
)
def test_a_part_of_an_object_is_read(stack: Stack, asked: str, part: bytes, told: str) -> None:
    client = stack.client("s3")
    client.put_object(Bucket="bucket", Key="a/b.rdb", Body=b"0123456789")
    answer = client.get_object(Bucket="bucket", Key="a/b.rdb", Range=asked)
    assert (answer["Body"].read(), answer["ContentRange"]) == (part, told)
    assert client.get_object(Bucket="bucket", Key="a/b.rdb")["Body"].read() == b"0123456789"


def test_a_part_behind_the_end_is_refused(stack: Stack) -> None:
    client = stack.client("s3")
    client.put_object(Bucket="bucket", Key="a/b.rdb", Body=b"0123456789")
    with pytest.raises(client.exceptions.ClientError, match="InvalidRange"):
        client.get_object(Bucket="bucket", Key="a/b.rdb", Range="bytes=10-")
