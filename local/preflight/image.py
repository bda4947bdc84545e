"""The images of the engines: pinned, there, and for ARM64, as far as AWS itself can tell."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, code
from local.preflight.lines import Line, fail, ok, warn
from local.preflight.plan import Plan
from swiftcache.engines.catalogue import release_of
from swiftcache.engines.model import EngineName

SUBJECT = "image"
PLATFORM = ("linux", "arm64")

_PARAMETERS = {EngineName.REDIS: "RedisImage", EngineName.VALKEY: "ValkeyImage"}

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<repository>[a-z0-9._/-]+)(:[\w.-]+)?@(?P<digest>sha256:[0-9a-f]{64})"
)
_LISTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_SINGLE = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A repository of ECR."""

    account: str
    region: str
    repository: str


def image(clients: Clients, plan: Plan) -> Iterator[Line]:
    """Each can be pulled, and a task can run it. `parameters` says whether it is pinned."""
    for engine, parameter in _PARAMETERS.items():
        name = plan.parameter(parameter)
        known = release_of(name)
        if known and known[0].engine is not engine:
            yield fail(SUBJECT, f"{parameter} is of {known[0].engine}", f"Give one of {engine}: docs/engines.md.")
        yield from _image(clients, plan, name)


def _image(clients: Clients, plan: Plan, name: str) -> Iterator[Line]:
    inspect = f"docker buildx imagetools inspect {shlex.quote(name)}"
    if "@sha256:" not in name:
        return
    found = ECR.fullmatch(name)
    if found is None:
        yield warn(
            SUBJECT,
            "not checked: it is in no ECR repository of an account",
            f"This must print a Platform {'/'.join(PLATFORM)}. A public registry limits how often tasks may pull:",
            inspect,
        )
        return
    place = _Place(found["account"], found["region"], found["repository"])
    manifest = _manifest(clients, place, found["digest"])
    if isinstance(manifest, Line):
        yield manifest
        return
    yield _platform(clients, place, manifest, inspect)
    if place.account != plan.account:
        yield warn(
            "image's readers",
            f"the repository is of account {place.account}: its policy must let account {plan.account} pull",
            "Its owner sees the policy, with ecr:BatchGetImage and ecr:GetDownloadUrlForLayer in it:",
            f"aws ecr get-repository-policy --repository-name {place.repository} --region {place.region}",
        )
    if place.region != plan.region:
        yield warn(
            "image's region",
            f"{place.region}: each start pulls it into {plan.region}",
            "A copy in this region starts faster, and its traffic costs nothing.",
        )


def _manifest(clients: Clients, place: _Place, digest: str) -> dict[str, Any] | Line:
    try:
        answer = ask(
            clients("ecr", place.region),
            "batch_get_image",
            registryId=place.account,
            repositoryName=place.repository,
            imageIds=[{"imageDigest": digest}],
            acceptedMediaTypes=[*_LISTS, *_SINGLE],
        )
    except ClientError as error:
        if code(error) != "RepositoryNotFoundException":
            raise
        return fail(
            SUBJECT,
            f"account {place.account} has no repository {place.repository} in {place.region}",
            "Make it, and copy the image there:",
            f"aws ecr create-repository --repository-name {place.repository} --region {place.region}",
        )
    if not answer["images"]:
        return fail(
            SUBJECT,
            f"{place.repository} has no {digest[:19]}…",
            "It has these digests:",
            f"aws ecr list-images --repository-name {place.repository} --region {place.region}",
        )
    manifest: dict[str, Any] = json.loads(answer["images"][0]["imageManifest"])
    return manifest


def _platform(clients: Clients, place: _Place, manifest: dict[str, Any], inspect: str) -> Line:
    wanted = "/".join(PLATFORM)
    if "manifests" not in manifest:
        return warn(SUBJECT, "it is there, for one platform that ECR does not tell", f"That must be {wanted}:", inspect)
    platforms = [(entry.get("platform", {}), entry["digest"]) for entry in manifest["manifests"]]
    ours = [digest for platform, digest in platforms if (platform.get("os"), platform.get("architecture")) == PLATFORM]
    if not ours:
        others = sorted({f"{platform.get('os')}/{platform.get('architecture')}" for platform, _ in platforms})
        return fail(SUBJECT, f"it is for {', '.join(others)}, and tasks are {wanted}", "Take one that is for both.")
    if isinstance(_manifest(clients, place, ours[0]), Line):
        return fail(
            SUBJECT,
            f"its list names an image for {wanted} that was not copied",
            "Copy all of it, with every platform:",
            f"docker buildx imagetools create -t {place.account}.dkr.ecr.{place.region}.amazonaws.com/"
            f"{place.repository}:redis <image>",
        )
    return ok(SUBJECT, f"{place.repository} has it, for {wanted}")
