"""What `docker run` has to be told so that it does with a container definition what ECS on Fargate does."""

from collections.abc import Mapping
from typing import Any

from jsonata.jsonata import Jsonata

from swiftcache.instances.sizes import TaskSize


def docker_run(container: Mapping[str, Any], size: TaskSize, given: Mapping[str, str]) -> list[str]:
    """The arguments, from `run` to the image's own. `given` are values for the environment, secrets among them.

    They are named and not shown: the docker command is to have them in its environment, see `environment_of`.
    """
    memory = f"{size.memory}m"
    options = [
        "--detach",
        f"--name={name_of(given)}",
        f"--cpus={size.cpu / 1024:g}",
        # No swap, as on Fargate.
        *(f"--memory={memory}", f"--memory-swap={memory}"),
        *(["--read-only"] if container["ReadonlyRootFilesystem"] else []),
        *(f"--cap-drop={name}" for name in container["LinuxParameters"]["Capabilities"]["Drop"]),
        f"--user={user_of(container, given)}",
        f"--workdir={container['WorkingDirectory']}",
        *(f"--volume={mount['ContainerPath']}" for mount in mounts_of(container)),
        *(f"--ulimit={each['Name']}={each['SoftLimit']}:{each['HardLimit']}" for each in container["Ulimits"]),
        f"--stop-timeout={container['StopTimeout']}",
        *(f"--publish=127.0.0.1::{each['ContainerPort']}/{each['Protocol']}" for each in container["PortMappings"]),
        *(f"--env={name}" for name in environment_of(container, given)),
        f"--entrypoint={container['EntryPoint'][0]}",
    ]
    return ["run", *options, given["IMAGE"], *container["EntryPoint"][1:], *container["Command"]]


def name_of(given: Mapping[str, str]) -> str:
    """The container's name."""
    return f"swiftcache-test-{given['NAME']}"


def mounts_of(container: Mapping[str, Any]) -> list[dict[str, str]]:
    """The mount points of an instance whose data are not kept: a state machine computes them."""
    return list(_computed(container["MountPoints"], {"folder": ""}))


def user_of(container: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """Of an image of the engine that is given."""
    return str(_computed(container["User"], {"engine": given["ENGINE"]}))


def _computed(text: str, plan: Mapping[str, str]) -> Any:
    expression = Jsonata(text.removeprefix("{%").removesuffix("%}"))
    expression.assign("plan", plan)
    return expression.evaluate(None)


def environment_of(container: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The container's environment: the definition's own values, but for those that a state machine computes."""
    plain = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    names = [*plain, *(entry["Name"] for entry in container["Secrets"])]
    return {name: given.get(name) or plain[name] for name in names}
