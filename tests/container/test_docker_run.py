"""The translation of the container definition, which needs no engine."""

from swiftcache.instances.sizes import TaskSize
from tests.container.docker_run import docker_run, environment_of
from tests.integration.redis.tasks import container

DEFINITION = container("provision_instance")
GIVEN = {
    "IMAGE": "image",
    "NAME": "a",
    "MAX_MEMORY": "1",
    "EVICTION_POLICY": "noeviction",
    "REDIS_LIMITS": "--maxclients 1",
    "VOLUME_FOLDER": "none",
    "ENGINE": "redis",
    **{secret["Name"]: f"marked-{secret['Name']}" for secret in DEFINITION["Secrets"]},
}
ARGUMENTS = docker_run(DEFINITION, TaskSize(256, 512), GIVEN)


def test_what_limits_the_container_is_taken_over() -> None:
    wanted = {
        *("--memory=512m", "--memory-swap=512m", "--cpus=0.25", "--read-only", "--cap-drop=ALL", "--user=redis"),
        *("--ulimit=nofile=65535:65535", "--stop-timeout=5", "--volume=/data", "--publish=127.0.0.1::6379/tcp"),
    }
    assert wanted <= set(ARGUMENTS)


def test_docker_runs_the_definitions_own_command() -> None:
    at = ARGUMENTS.index("image")
    command = [ARGUMENTS[at - 1].removeprefix("--entrypoint="), *ARGUMENTS[at + 1 :]]
    assert command == [*DEFINITION["EntryPoint"], *DEFINITION["Command"]]


def test_nothing_of_the_definition_is_left_out() -> None:
    translated = {
        *("Name", "Image", "Essential", "User", "WorkingDirectory", "ReadonlyRootFilesystem", "LinuxParameters"),
        *("MountPoints", "PortMappings", "Ulimits", "StopTimeout", "EntryPoint", "Command", "Environment", "Secrets"),
    }
    # Where the logs go is a matter of AWS.
    assert DEFINITION.keys() - {"LogConfiguration"} == translated


def test_values_stand_in_the_environment_and_not_among_the_arguments() -> None:
    environment = environment_of(DEFINITION, GIVEN)
    assert (environment["ACL"], environment["MAX_MEMORY"], environment["REDIS_PORT_OFFSET"]) == ("marked-ACL", "1", "0")
    assert not any("marked" in argument for argument in ARGUMENTS)
    assert not any("{%" in value for value in environment.values())
