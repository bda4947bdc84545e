"""What each function calls, as IAM has it."""

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from types import SimpleNamespace
from typing import Any, Self, TypeVar

import pytest

from swiftcache.backups import taking
from swiftcache.dns import telling
from swiftcache.metrics import collector as collect_metrics
from swiftcache.metrics import shards
from swiftcache.platform.aws import session
from tests.statemachine.cloud import Cloud

T = TypeVar("T")
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
SERVICES = {"stepfunctions": "states", "efs": "elasticfilesystem"}
IN_S3 = {
    "CreateMultipartUpload": {"s3:PutObject", "kms:GenerateDataKey"},
    "UploadPart": {"s3:PutObject", "kms:GenerateDataKey"},
    "CompleteMultipartUpload": {"s3:PutObject", "kms:Decrypt"},
    "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
    "ListMultipartUploads": {"s3:ListBucketMultipartUploads"},
    "ListObjectVersions": {"s3:ListBucketVersions"},
    "ListObjectsV2": {"s3:ListBucket"},
    "HeadObject": {"s3:GetObject"},
    "GetObject": {"s3:GetObject", "kms:Decrypt"},
    "DeleteObject": {"s3:DeleteObjectVersion"},
    # Nobody but a link does it.
    "PutObject": {"s3:PutObject", "kms:GenerateDataKey"},
}
"""In a bucket that is encrypted with a key of ours."""
OF_A_VERSION = {"s3:GetObject": "s3:GetObjectVersion"}
"""What the right to an object is called where the call names a version of it."""


def actions(service: str, operation: str, parameters: dict[str, Any]) -> set[str]:
    """The IAM actions that a call needs."""
    prefix = SERVICES.get(service, service)
    if operation == "TransactWriteItems":
        return {f"dynamodb:{WRITES[kind]}" for item in parameters["TransactItems"] for kind in item}
    if service == "s3":
        named = OF_A_VERSION if "VersionId" in parameters else {}
        return {named.get(action, action) for action in IN_S3[operation]}
    if operation == "Invoke":
        return {"lambda:InvokeFunction"}
    found = {f"{prefix}:{operation}"}
    if operation == "RunTask":
        found.add("iam:PassRole")
    if "TagSpecifications" in parameters:
        found.add(f"{prefix}:CreateTags")
    if "Tags" in parameters:
        found.add(f"{prefix}:TagResource")
    return found


class InThisThread:
    """A pool of no threads, since a call is known by its thread."""

    def __init__(self, _: int) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    map = staticmethod(map)

    def submit(self, call: Callable[..., T], *arguments: Any) -> "Future[T]":
        done: Future[T] = Future()
        done.set_result(call(*arguments))
        return done

    def shutdown(self, **_: object) -> None: ...


class Calls:
    """What each function calls while this watches."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, set[str]] = defaultdict(set)
        self._running = threading.local()
        invoke = cloud.invoke

        def watched(function: str, payload: object) -> object:
            before = getattr(self._running, "name", None)
            self._running.name = function.split(":function:")[-1].split(":")[0]
            self.made[self._running.name] |= set()
            try:
                return invoke(function, payload)
            finally:
                self._running.name = before

        monkeypatch.setattr(cloud, "invoke", watched)
        for module in (collect_metrics, shards, taking, telling):
            monkeypatch.setattr(module, "ThreadPoolExecutor", InThisThread)
        for service in (
            "dynamodb",
            "lambda",
            "stepfunctions",
            "secretsmanager",
            "events",
            "kms",
            "ecs",
            "route53",
            "efs",
            "ec2",
        ):
            cloud.client(service).meta.events.register(f"provide-client-params.{service}", self._note)
        # S3's is made anew whenever a test sets the clock.
        client = session(cloud.injector).client
        monkeypatch.setitem(cloud.injector.given, session, SimpleNamespace(client=partial(self._watch, client)))

    def _watch(self, make: Callable[..., Any], service: str, **settings: Any) -> Any:
        """To sign a link is noted too."""
        made = make(service, **settings)
        if service == "s3":
            made.meta.events.register("provide-client-params.s3", self._note)
        return made

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        name = getattr(self._running, "name", None)
        if name:
            self.made[name] |= actions(model.service_model.service_name, model.name, params)
