"""Tasks without a volume are of their size's definition; instances from before keep their own for life."""

from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.platform.items import instance_key
from tests.statemachine.cloud import Answer, Cloud
from tests.statemachine.recoveries import Mortal, delete, new_instance
from tests.statemachine.resizes import LARGER, Resized
from tests.statemachine.task_definitions import describe


def definitions(cloud: Cloud) -> list[str]:
    """All that there are, in whatever state."""
    ecs = cloud.client("ecs")
    statuses = ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS")
    return [arn for one in statuses for arn in ecs.list_task_definitions(status=one)["taskDefinitionArns"]]


def family_of(mortal: Mortal) -> str:
    """That of the task which serves."""
    arn: str = describe(mortal.cloud, mortal.serving)["taskDefinitionArn"]
    return arn.rpartition("/")[2].partition(":")[0]


def of_before(cloud: Cloud) -> Mortal:
    """An instance as it was made before the sizes had definitions: its record says nothing of them."""

    def forget(answer: Answer) -> object:
        cloud.client("dynamodb").update_item(
            TableName=cloud.stack.outputs["TableName"],
            Key=instance_key(cloud.caller.organization_id, cloud.only()),
            UpdateExpression="REMOVE sharedDefinition",
        )
        return answer()

    cloud.faults.plan("IssueCredentials", forget)
    return new_instance(cloud)


def resize(mortal: Mortal) -> None:
    """To the other size, with all data."""
    resized = Resized(mortal.cloud, mortal.id)
    resized.assert_succeeded(resized.resize())


def test_a_whole_life_leaves_the_definitions_as_they_are(cloud: Cloud) -> None:
    before = definitions(cloud)
    mortal = new_instance(cloud)
    assert mortal.instance.shared_definition
    task = describe(cloud, mortal.serving)
    assert (task["startedBy"], task["group"], family_of(mortal)) == (mortal.id, "swiftcache", "swiftcache-256-512")
    mortal.kill()
    mortal.recovered()
    assert family_of(mortal) == "swiftcache-256-512"
    resize(mortal)
    assert (mortal.instance.max_memory, family_of(mortal)) == (LARGER, "swiftcache-256-1024")
    mortal.kill()
    mortal.recovered()
    assert family_of(mortal) == "swiftcache-256-1024"
    delete(mortal)
    assert definitions(cloud) == before


def test_an_instance_from_before_keeps_a_definition_of_its_own_until_it_is_deleted(cloud: Cloud) -> None:
    mortal = of_before(cloud)
    assert not mortal.instance.shared_definition
    own = f"swiftcache-{mortal.id}"
    assert family_of(mortal) == own
    mortal.kill()
    mortal.recovered()
    resize(mortal)
    resize(mortal)
    assert (mortal.instance.max_memory, family_of(mortal)) == (MIN_MEMORY, own)
    assert len(cloud.left(mortal.id)["definitions"]) == 1
    delete(mortal)


def test_a_task_is_given_no_plain_key_and_no_password(cloud: Cloud) -> None:
    mortal = new_instance(cloud)
    [override] = describe(cloud, mortal.serving)["overrides"]["containerOverrides"]
    given = {pair["name"]: pair["value"] for pair in override["environment"]}
    assert set(given) == {"REDIS_PORT_OFFSET", "MAX_MEMORY", "EVICTION_POLICY", "REDIS_LIMITS", "ACL_GZ"}
    assert mortal.key not in str(given)
    delete(mortal)
