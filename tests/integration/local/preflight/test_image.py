"""The image, as preflight finds it in ECR, or does not."""

import json
from collections.abc import Iterable

import pytest

from local.preflight.image import image
from tests.integration.local.preflight.world import ACCOUNT, DIGEST, REGION, World

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
SINGLE = "application/vnd.oci.image.manifest.v1+json"
LIST = "application/vnd.oci.image.index.v1+json"


def push(world: World, manifest: dict[str, object], region: str = REGION) -> str:
    """An image in the repository `redis`; its digest."""
    client = world.aws("ecr", region)
    put = client.put_image(repositoryName="redis", imageManifest=json.dumps(manifest))
    return str(put["image"]["imageId"]["imageDigest"])


def one_platform(name: str) -> dict[str, object]:
    layers = [{"digest": f"sha256:{name}", "mediaType": "layer", "size": 1}]
    config = {"digest": f"sha256:{name}", "size": 1}
    return {"schemaVersion": 2, "mediaType": SINGLE, "config": config, "layers": layers}


def pushed_list(world: World, architectures: Iterable[str], copied: bool = True) -> str:
    """A list for these; its digest."""
    entries = [
        {
            "mediaType": SINGLE,
            "digest": push(world, one_platform(architecture)) if copied else DIGEST,
            "size": 1,
            "platform": {"os": "linux", "architecture": architecture},
        }
        for architecture in architectures
    ]
    return push(world, {"schemaVersion": 2, "mediaType": LIST, "manifests": entries})


@pytest.fixture
def repository(world: World) -> World:
    world.aws("ecr").create_repository(repositoryName="redis")
    return world


def test_an_image_of_ecr_with_one_for_arm64_is_in_order(repository: World) -> None:
    digest = pushed_list(repository, ["amd64", "arm64"])
    repository.given(RedisImage=f"{REGISTRY}/redis:7.2@{digest}")
    assert repository.look(image) == "OK    image  redis has it, for linux/arm64"


def test_an_image_of_a_public_registry_is_not_checked_and_the_command_looks(world: World) -> None:
    assert world.look(image).splitlines() == [
        "WARN  image  not checked: it is in no ECR repository of an account",
        "             This must print a Platform linux/arm64. A public registry limits how often tasks may",
        "             pull:",
        f"    $ docker buildx imagetools inspect redis@{DIGEST}",
    ]


def test_an_image_without_a_digest_has_a_line_among_the_parameters_alone(world: World) -> None:
    world.given(RedisImage="redis:7.2")
    assert world.look(image) == ""


def test_an_image_for_other_machines_fails(repository: World) -> None:
    repository.given(RedisImage=f"{REGISTRY}/redis@{pushed_list(repository, ['amd64'])}")
    assert repository.look(image).splitlines() == [
        "FAIL  image  it is for linux/amd64, and tasks are linux/arm64",
        "             Take one that is for both.",
    ]


def test_a_list_whose_images_were_not_copied_fails(repository: World) -> None:
    repository.given(RedisImage=f"{REGISTRY}/redis@{pushed_list(repository, ['arm64'], copied=False)}")
    assert repository.look(image).splitlines() == [
        "FAIL  image  its list names an image for linux/arm64 that was not copied",
        "             Copy all of it, with every platform:",
        f"    $ docker buildx imagetools create -t {REGISTRY}/redis:redis <image>",
    ]


def test_an_image_for_one_platform_warns_since_ecr_does_not_tell_which(repository: World) -> None:
    name = f"{REGISTRY}/redis@{push(repository, one_platform('arm64'))}"
    repository.given(RedisImage=name)
    assert repository.look(image).splitlines() == [
        "WARN  image  it is there, for one platform that ECR does not tell",
        "             That must be linux/arm64:",
        f"    $ docker buildx imagetools inspect {name}",
    ]


def test_a_repository_that_is_not_there_fails(world: World) -> None:
    world.given(RedisImage=f"{REGISTRY}/redis@{DIGEST}")
    assert world.look(image).splitlines() == [
        "FAIL  image  account 123456789012 has no repository redis in eu-central-1",
        "             Make it, and copy the image there:",
        "    $ aws ecr create-repository --repository-name redis --region eu-central-1",
    ]


def test_a_digest_that_is_not_there_fails(repository: World) -> None:
    repository.given(RedisImage=f"{REGISTRY}/redis@{DIGEST}")
    assert repository.look(image).splitlines() == [
        "FAIL  image  redis has no sha256:aaaaaaaaaaaa…",
        "             It has these digests:",
        "    $ aws ecr list-images --repository-name redis --region eu-central-1",
    ]


def test_a_repository_of_another_account_and_region_warns_of_both(repository: World) -> None:
    digest = pushed_list(repository, ["arm64"])
    repository.given(RedisImage=f"{REGISTRY}/redis@{digest}")
    repository.planned(account="999999999999", region="eu-west-1")
    assert repository.look(image).splitlines() == [
        "OK    image            redis has it, for linux/arm64",
        "WARN  image's readers  the repository is of account 123456789012: its policy must let account",
        "                       999999999999 pull",
        "                       Its owner sees the policy, with ecr:BatchGetImage and",
        "                       ecr:GetDownloadUrlForLayer in it:",
        "    $ aws ecr get-repository-policy --repository-name redis --region eu-central-1",
        "WARN  image's region   eu-central-1: each start pulls it into eu-west-1",
        "                       A copy in this region starts faster, and its traffic costs nothing.",
    ]


def test_who_may_not_look_into_the_repository_is_told_which_permission_that_takes(world: World) -> None:
    world.given(RedisImage=f"{REGISTRY}/redis@{DIGEST}")
    world.stubbed("ecr").add_client_error("batch_get_image", "AccessDeniedException", http_status_code=400)
    assert world.check("image").splitlines() == [
        "WARN  image  not checked: you may not ecr:BatchGetImage",
        "             Have it allowed, or look yourself.",
    ]


def test_valkey_in_the_place_of_redis_is_refused(world: World) -> None:
    valkey = "valkey/valkey@sha256:640c5e62cea04b6d6f2084232651d0cc70362d31f4f805e7be94dbed6855e8f2"
    world.given(RedisImage=valkey, ValkeyImage=valkey)
    failed = [line for line in world.look(image).splitlines() if line.startswith("FAIL")]
    assert failed == ["FAIL  image  RedisImage is of valkey"]
