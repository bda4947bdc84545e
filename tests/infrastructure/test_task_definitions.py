"""The task definitions by size: one for each that a task without a volume may have, else the same as the machines'."""

import ast
from typing import Any

import pytest

from local import asl
from swiftcache.backups.proof import PROOF_SIZES
from swiftcache.backups.proving import LOAD
from swiftcache.engines.model import EngineName
from swiftcache.instances.sizes import SIZES, TaskSize, largest_memory, task_size
from tests.expanded import expanded
from tests.infrastructure.test_permissions import MACHINES, listed, roles, statements

SHARED = [size for size in SIZES if task_size(largest_memory(size)) == size]
"""The larger ones are only for data that are kept."""

RESOURCES = {
    name: found["Properties"]
    for name, found in expanded().resources.items()
    if found["Type"] == "AWS::ECS::TaskDefinition"
}
PROOFS = {found["Family"]["Fn::Sub"]: found for found in RESOURCES.values() if "-proof-" in found["Family"]["Fn::Sub"]}
DEFINITIONS = {
    found["Family"]["Fn::Sub"]: found for found in RESOURCES.values() if found["Family"]["Fn::Sub"] not in PROOFS
}
ENGINES = {"redis": "RedisImage", "valkey": "ValkeyImage"}
"""The parameter with each engine's image."""
STARTING = ("provision_instance", "resize_instance", "recover_instance")


def family(size: TaskSize, engine: str = "redis") -> str:
    return f"${{AWS::StackName}}-{size.family}{EngineName(engine).family_suffix}"


def chosen(of_redis: str, of_valkey: str) -> str:
    """What a machine says where the engines differ."""
    return f"{{% $plan.engine = 'valkey' ? '{of_valkey}' : '{of_redis}' %}}"


def registered(machine: str) -> dict[str, Any]:
    """What a machine registers for one instance, with its placeholders as the template fills them in."""
    role = next(role for role, name in MACHINES.items() if name == machine).removesuffix("Role")
    given = expanded().resources[role]["Properties"]["DefinitionSubstitutions"]
    return dict(_filled(asl.load(machine)["States"]["RegisterTaskDefinition"]["Arguments"], given))


def _filled(value: Any, given: dict[str, Any]) -> Any:
    match value:
        case dict():
            return {key: _filled(inner, given) for key, inner in value.items()}
        case list():
            return [_filled(inner, given) for inner in value]
        case str() if value.startswith("${") and value.endswith("}"):
            return given[value[2:-1]]
        case str() if value.startswith("${CertificateSecretArn}"):
            return {"Fn::Sub": value}
    return value


def test_each_size_of_a_task_without_a_volume_has_its_definition_and_no_other_has_one() -> None:
    assert {name: (found["Cpu"], found["Memory"]) for name, found in DEFINITIONS.items()} == {
        family(size, engine): (str(size.cpu), str(size.memory)) for size in SHARED for engine in ENGINES
    }


@pytest.mark.parametrize("size", SHARED, ids=str)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("machine", ["provision_instance", "resize_instance"])
def test_a_size_has_what_a_machine_registers_but_for_what_is_an_instances_own(
    machine: str, engine: str, size: TaskSize
) -> None:
    own, shared = registered(machine), dict(DEFINITIONS[family(size, engine)])
    for name in ("Family", "Cpu", "Memory", "TaskRoleArn", "Volumes", "Tags"):
        own.pop(name)
        shared.pop(name, None)
    [mine], [everybodys] = own.pop("ContainerDefinitions"), shared.pop("ContainerDefinitions")
    assert shared == own
    mine, everybodys = dict(mine), dict(everybodys)
    mine.pop("MountPoints")
    assert (mine.pop("Image"), everybodys.pop("Image")) == (
        chosen("${RedisImage}", "${ValkeyImage}"),
        {"Ref": ENGINES[engine]},
    )
    assert (mine.pop("User"), everybodys.pop("User")) == (chosen("redis", "valkey"), engine)
    assert everybodys.pop("MountPoints") == [{"SourceVolume": "data", "ContainerPath": "/data"}]
    more = [*mine.pop("Environment")], [*mine.pop("Secrets")]
    less = [*everybodys.pop("Environment")], [*everybodys.pop("Secrets")]
    assert everybodys == mine
    assert (more[0].pop(0), less[0].pop(0)) == (
        {"Name": "ENGINE", "Value": chosen("redis", "valkey")},
        {"Name": "ENGINE", "Value": engine},
    )
    changed = {"VOLUME_FOLDER", "REDIS_PORT_OFFSET", "MAX_MEMORY", "EVICTION_POLICY", "REDIS_LIMITS"}
    assert [one for one in less[0] if one["Name"] not in changed] == [
        one for one in more[0] if one["Name"] not in changed
    ]
    assert less[1] == [secret for secret in more[1] if secret["Name"] != "ACL"]


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_size_has_no_volume_and_no_rights(definition: dict[str, Any]) -> None:
    assert definition["TaskRoleArn"] == {"Fn::GetAtt": ["TaskRole", "Arn"]}
    assert definition["Volumes"] == [{"Name": "data"}]


@pytest.mark.parametrize("machine", STARTING)
def test_what_a_size_leaves_open_comes_with_each_start(machine: str) -> None:
    arguments = asl.load(machine)["States"]["StartRedisTask"]["Arguments"]
    [override] = arguments["Overrides"]["ContainerOverrides"]
    for name in ("MAX_MEMORY", "EVICTION_POLICY", "REDIS_LIMITS", "REDIS_PORT_OFFSET", "ACL_GZ"):
        assert f"'{name}'" in override["Environment"]
    assert arguments["StartedBy"] == "{% $instanceId %}"


@pytest.mark.parametrize("machine", STARTING)
def test_a_machine_runs_instances_definitions_and_those_of_the_sizes_in_any_revision(machine: str) -> None:
    role = next(role for role, name in MACHINES.items() if name == machine)
    [running] = [found for found in statements(roles()[role]) if "ecs:RunTask" in listed(found["Action"])]
    families = [resource["Fn::Sub"].partition(":task-definition/")[2] for resource in running["Resource"]]
    shared = [f"{family(size, engine)}:*" for engine in ENGINES for size in SHARED]
    assert families == ["${AWS::StackName}-inst_*", *shared]
    of_redis = {family(size) for size in SHARED}
    assert set(expanded().resources[role.removesuffix("Role")]["DependsOn"]) == {
        name for name, found in RESOURCES.items() if found["Family"]["Fn::Sub"] in of_redis
    }


def test_the_api_offers_valkey_only_once_each_size_of_it_has_its_definition() -> None:
    """It refers to the last, and each waits for the one before; a machine cannot depend on what there may not be."""
    resources = expanded().resources
    named = {found["Properties"]["Family"]["Fn::Sub"]: name for name, found in resources.items() if name in RESOURCES}
    waiting = [named[family(size, "valkey")] for size in SHARED]
    assert [resources[name].get("DependsOn") for name in waiting] == [None, *waiting[:-1]]
    [version] = [found for found in resources.values() if found["Type"] == "AWS::Lambda::Version"]
    assert f"'Ref': '{waiting[-1]}'" in str(version["Properties"]["Description"])


def test_only_what_is_of_valkey_is_left_out_of_a_stack_without_it() -> None:
    conditions = {name: expanded().resources[name].get("Condition") for name in RESOURCES}
    assert conditions == {
        name: "HasValkey" if found["Family"]["Fn::Sub"].endswith("-valkey") else None
        for name, found in RESOURCES.items()
    }


def test_each_size_has_a_proof_and_its_redis_may_take_no_more_than_there_is() -> None:
    assert {name: (found["Cpu"], found["Memory"]) for name, found in PROOFS.items()} == {
        f"${{AWS::StackName}}-proof-{size.family}{EngineName(engine).family_suffix}": (str(size.cpu), str(size.memory))
        for size in PROOF_SIZES
        for engine in ENGINES
    }
    for found in PROOFS.values():
        [limit] = [container["Memory"] for container in found["ContainerDefinitions"] if container["Name"] == LOAD]
        assert limit == int(found["Memory"]) - 32
    depends_on = expanded().resources["ProveBackupFunction"]["DependsOn"]
    of_redis = {name for name, found in PROOFS.items() if not name.endswith("-valkey")}
    assert set(depends_on) == {name for name, found in RESOURCES.items() if found["Family"]["Fn::Sub"] in of_redis}


@pytest.mark.parametrize("definition", PROOFS.values(), ids=PROOFS)
def test_a_proof_has_no_rights_no_port_and_no_secret(definition: dict[str, Any]) -> None:
    assert "TaskRoleArn" not in definition
    for container in definition["ContainerDefinitions"]:
        assert not {"PortMappings", "Secrets"} & set(container)
        assert container["ReadonlyRootFilesystem"]
        assert container["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    [load] = [container for container in definition["ContainerDefinitions"] if container["Name"] == LOAD]
    assert load["User"] == load["Environment"][0]["Value"], "who parses the file is nobody"
    assert load["Image"] == {"Ref": ENGINES[load["User"]]}
    assert definition["ExecutionRoleArn"] == {"Fn::GetAtt": ["ProofExecutionRole", "Arn"]}


@pytest.mark.parametrize("definition", PROOFS.values(), ids=PROOFS)
def test_nothing_in_a_proof_s_definition_counts_instead_of_what_its_start_tells_it(definition: dict[str, Any]) -> None:
    """ECS prefers what is in the definition to what is in a file."""
    for container in definition["ContainerDefinitions"]:
        told = [one for one in container["Environment"] if one["Name"] != "ENGINE"]
        assert told == [{"Name": "RESTORE_FOLDER", "Value": "/restore"}]


def test_the_proofs_differ_in_nothing_but_their_size_and_their_engine() -> None:
    own = {"Memory": 0, "Image": "", "User": "", "Environment": []}
    kept = [
        {
            **{name: value for name, value in found.items() if name not in ("Family", "Cpu", "Memory")},
            "ContainerDefinitions": [{**container, **own} for container in found["ContainerDefinitions"]],
        }
        for found in PROOFS.values()
    ]
    assert all(each == kept[0] for each in kept)


def test_an_instance_from_a_backup_has_what_others_have_and_a_container_that_fetches_before() -> None:
    states = asl.load("provision_instance")["States"]
    ordinary = dict(states["RegisterTaskDefinition"]["Arguments"])
    restoring = dict(states["RegisterRestoringDefinition"]["Arguments"])
    [redis], [restored, fetch] = ordinary.pop("ContainerDefinitions"), restoring.pop("ContainerDefinitions")
    assert {name for name in ordinary if ordinary[name] != restoring[name]} == {"Volumes"}
    assert {name for name in restored if restored[name] != redis.get(name)} == {
        *("DependsOn", "MountPoints", "Command", "Environment")
    }
    assert restored["DependsOn"] == [{"ContainerName": fetch["Name"], "Condition": "SUCCESS"}]
    assert restored["Command"][0].endswith(redis["Command"][0]), "it links the file, and goes on as every other"
    assert restored["Command"][1:] == redis["Command"][1:]
    assert restored["Environment"] == [*redis["Environment"], {"Name": "RESTORE_FOLDER", "Value": "/restore"}]
    assert fetch["LinuxParameters"] == {"Capabilities": {"Drop": ["ALL"]}}
    assert [secret["Name"] for secret in fetch["Secrets"]] == ["SOURCE_LINK"]


def test_a_recovery_registers_for_a_backup_what_a_creation_does_but_no_volume() -> None:
    created = asl.load("provision_instance")["States"]["RegisterRestoringDefinition"]["Arguments"]
    recovered = asl.load("recover_instance")["States"]["RegisterRestoringDefinition"]["Arguments"]
    recovered = ast.literal_eval(str(recovered).replace("$restore.", "$plan.restore."))
    assert recovered.pop("Volumes") == [{"Name": "data"}, {"Name": "restore"}]
    assert (recovered.pop("TaskRoleArn"), created.pop("Volumes") is not None) == ("${TaskRoleArn}", True)
    assert "'${TaskRoleArn}'" in created.pop("TaskRoleArn")
    for mine, others in zip(recovered["ContainerDefinitions"], created["ContainerDefinitions"], strict=True):
        mounted = {point["SourceVolume"] for point in mine.pop("MountPoints")}
        assert mounted == ({"data", "restore"} if mine["Name"] == "redis" else {"restore"})
        others.pop("MountPoints")
        for one in others["Environment"]:
            if one["Name"] == "VOLUME_FOLDER":
                one["Value"] = "none"
    assert recovered == created


def test_only_instances_own_definitions_are_registered_and_deleted() -> None:
    for statement in (found for role in roles().values() for found in statements(role)):
        if {"ecs:RegisterTaskDefinition", "ecs:DeleteTaskDefinitions"} & set(listed(statement["Action"])):
            assert statement["Resource"]["Fn::Sub"].endswith(":task-definition/${AWS::StackName}-inst_*")
