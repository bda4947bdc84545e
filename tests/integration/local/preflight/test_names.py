"""Names that somebody has already, and what an earlier stack has left, as preflight finds them."""

import pytest

from local.preflight.names import KINDS
from local.preflight.plan import Standing
from tests.infrastructure.test_names import NAMING
from tests.integration.local.preflight.world import World

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:swiftcache-resize-instance"
ROLE = "arn:aws:iam::123456789012:role/machine"
LOOK = "Choose another StackName, or look what it is, and remove it if nobody needs it:"


def test_every_type_of_resource_that_has_a_name_of_ours_is_looked_for() -> None:
    assert {kind.type: kind.named for kind in KINDS} == NAMING


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("cluster", "swiftcache"),
        ("event bus", "swiftcache"),
        ("key aliases", "alias/swiftcache-seal, alias/swiftcache-data, alias/swiftcache-backups"),
        ("log groups", "/aws/vendedlogs/apis/swiftcache, /aws/vendedlogs/states/swiftcache"),
    ],
)
def test_names_that_nobody_has_are_in_order(world: World, subject: str, names: str) -> None:
    assert world.check(subject) == f"OK    {subject}  nobody has {names}"


def test_no_state_machine_of_a_new_account_is_in_the_way(world: World) -> None:
    assert " ".join(world.check("state machines").split()) == (
        "OK state machines nobody has swiftcache-back-up-instance, swiftcache-provision-instance, "
        "swiftcache-deprovision-instance, swiftcache-empty-organization, swiftcache-resize-instance, "
        "swiftcache-recover-instance, swiftcache-deliver-webhook, swiftcache-declare-instance"
    )


def take(world: World, subject: str) -> None:
    match subject:
        case "cluster":
            world.aws("ecs").create_cluster(clusterName="swiftcache")
        case "event bus":
            world.aws("events").create_event_bus(Name="swiftcache")
        case "key aliases":
            key = world.aws("kms").create_key()["KeyMetadata"]["KeyId"]
            world.aws("kms").create_alias(AliasName="alias/swiftcache-seal", TargetKeyId=key)
        case "log groups":
            world.aws("logs").create_log_group(logGroupName="/aws/vendedlogs/apis/swiftcache")
        case "state machines":
            definition = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
            machines = world.aws("stepfunctions")
            machines.create_state_machine(name="swiftcache-resize-instance", definition=definition, roleArn=ROLE)


TAKEN = [
    ("cluster", "swiftcache", ["aws ecs delete-cluster --cluster swiftcache"]),
    ("event bus", "swiftcache", ["aws events delete-event-bus --name swiftcache"]),
    ("key aliases", "alias/swiftcache-seal", ["aws kms delete-alias --alias-name alias/swiftcache-seal"]),
    (
        "log groups",
        "/aws/vendedlogs/apis/swiftcache",
        ["aws logs delete-log-group --log-group-name /aws/vendedlogs/apis/swiftcache"],
    ),
    (
        "state machines",
        "swiftcache-resize-instance",
        ["aws stepfunctions delete-state-machine \\", f"    --state-machine-arn {MACHINE}"],
    ),
]


@pytest.mark.parametrize(("subject", "name", "command"), TAKEN, ids=[taken[0] for taken in TAKEN])
def test_a_name_that_is_taken_fails_with_the_command_that_frees_it(
    world: World, subject: str, name: str, command: list[str]
) -> None:
    take(world, subject)
    rows = world.check(subject)
    said, _, pasted = rows.partition("\n    $ ")
    assert " ".join(said.split()) == (
        f"FAIL {subject} there is a {name} already, of something else or left by an earlier stack {LOOK}"
    )
    assert [row.rstrip() for row in pasted.splitlines()] == [command[0], *(f"    {row}" for row in command[1:])]


@pytest.mark.parametrize("subject", [taken[0] for taken in TAKEN])
def test_a_stack_that_is_updated_may_keep_its_names(world: World, subject: str) -> None:
    take(world, subject)
    world.planned(standing=Standing("UPDATE_COMPLETE"))
    assert world.check(subject) == f"OK    {subject}  of the stack swiftcache itself"


@pytest.mark.parametrize(
    ("service", "operation", "subject", "permission"),
    [
        ("ecs", "describe_clusters", "cluster", "ecs:DescribeClusters"),
        ("events", "describe_event_bus", "event bus", "events:DescribeEventBus"),
        ("kms", "describe_key", "key aliases", "kms:DescribeKey"),
        ("logs", "describe_log_groups", "log groups", "logs:DescribeLogGroups"),
        ("stepfunctions", "describe_state_machine", "state machines", "states:DescribeStateMachine"),
        ("secretsmanager", "list_secrets", "kept secrets", "secretsmanager:ListSecrets"),
        ("dynamodb", "list_tables", "kept table", "dynamodb:ListTables"),
        ("efs", "describe_file_systems", "kept file system", "elasticfilesystem:DescribeFileSystems"),
    ],
)
def test_each_permission_that_is_denied_has_a_line_of_its_own(
    world: World, service: str, operation: str, subject: str, permission: str
) -> None:
    world.stubbed(service).add_client_error(operation, "AccessDeniedException", http_status_code=400)
    assert world.check(subject).splitlines()[0] == f"WARN  {subject}  not checked: you may not {permission}"


def test_the_table_of_a_deleted_stack_warns_and_says_how_its_items_are_kept_or_it_is_removed(world: World) -> None:
    keys = [{"AttributeName": "PK", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "PK", "AttributeType": "S"}]
    for name in ("swiftcache-Table-OLD", "swiftcache-other-Table-X"):
        world.aws("dynamodb").create_table(
            TableName=name, KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
        )
    assert world.check("kept table").splitlines() == [
        "WARN  kept table  swiftcache-Table-OLD is of an earlier stack, with its items; a new one begins",
        "                  empty",
        "                  They can be copied into it afterwards (docs/operations.md#restoring-the-table). To",
        "                  remove it for good:",
        "    $ aws dynamodb update-table --table-name swiftcache-Table-OLD \\",
        "        --no-deletion-protection-enabled && aws dynamodb delete-table \\",
        "        --table-name swiftcache-Table-OLD",
    ]
    world.planned(standing=Standing("UPDATE_COMPLETE", resources=frozenset({"swiftcache-Table-OLD"})))
    assert world.check("kept table") == "OK    kept table  none of an earlier stack"


def test_the_file_system_of_a_deleted_stack_warns(world: World) -> None:
    tags = [{"Key": "Name", "Value": "swiftcache"}]
    made = world.aws("efs").create_file_system(CreationToken="x", Tags=tags)["FileSystemId"]
    world.aws("efs").create_file_system(CreationToken="another")
    assert world.check("kept file system").splitlines() == [
        f"WARN  kept file system  {made} is of an earlier stack: a new one does not use it",
        "                        If its volumes are needed by nobody, remove it:",
        f"    $ aws efs delete-file-system --file-system-id {made}",
    ]


def test_secrets_under_the_name_of_a_new_stack_warn(world: World) -> None:
    for name in ("swiftcache/instances/inst_1", "swiftcache-certificate"):
        world.aws("secretsmanager").create_secret(Name=name, SecretString="x")
    assert " ".join(world.check("kept secrets").split()) == (
        "WARN kept secrets 1 secret under swiftcache/, such as swiftcache/instances/inst_1, which the reconciler will "
        "remove If something else uses them, choose another StackName."
    )


def test_no_secrets_under_the_name_are_in_order(world: World) -> None:
    assert world.check("kept secrets") == "OK    kept secrets  none under swiftcache/"
