"""The example of docs/declaring.md: a stack whose function uses the instance that the stack declares."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.e2e.api import Api
from tests.e2e.cloudformation import ConsumerStack, StackFailed, let, loaded
from tests.e2e.documented import blocks, need, paste
from tests.e2e.stack import PROJECT, Stack
from tests.receiver import receiving

GUIDE = PROJECT / "docs" / "declaring.md"
EXAMPLE = PROJECT / "docs" / "examples" / "visits"
MIB = 1024 * 1024

pytestmark = pytest.mark.timeout(600)


def lines(stack: Stack, typed: str, **variables: str) -> list[str]:
    """What these lines of the guide print, typed where the AWS command line leads to the stack."""
    given = {
        "AWS_ENDPOINT_URL": stack.facts["awsEndpointUrl"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        **variables,
    }
    exports = "".join(f"export {name}='{value}'\n" for name, value in given.items())
    return paste(stack, "sh", "-euc", exports + typed)


@pytest.fixture(scope="module", name="let")
def let_declare(stack: Stack, api: Api) -> Iterator[str]:
    with let(stack, api) as organization:
        yield organization


@pytest.fixture
def consumer(stack: Stack) -> Iterator[ConsumerStack]:
    with receiving() as receiver:
        yield ConsumerStack(EXAMPLE / "template.yaml", "shop", stack, receiver)


def visit(stack: Stack, consumer: ConsumerStack, patch: pytest.MonkeyPatch) -> int:
    """What the stack's function answers, in a new process of it, so to say."""
    variables = consumer.resource("CountVisits")["Environment"]["Variables"]
    surroundings = {
        "AWS_ENDPOINT_URL": stack.facts["awsEndpointUrl"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "SSL_CERT_FILE": stack.facts["caFile"],
    }
    for name, value in {**variables, **surroundings}.items():
        patch.setenv(name, value)
    module = loaded(EXAMPLE / "count_visits" / "app.py")
    with stack.names.in_use():
        answer: dict[str, int] = module.handler({}, None)
        module.visits().close()
    return answer["visits"]


def test_the_examples_stack_is_made_changed_replaced_and_deleted(
    stack: Stack, api: Api, let: str, consumer: ConsumerStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.create(Organization=let)
    first = consumer.physical_id
    assert api.get(first).json()["instance"]["name"] == "shop-visits"
    assert [visit(stack, consumer, monkeypatch) for _ in range(2)] == [1, 2]
    assert consumer.outputs == {"Host": api.get(first).json()["instance"]["hostname"], "Drift": "none"}
    granted = [policy["PolicyDocument"]["Statement"] for policy in consumer.resource("CountVisitsRole")["Policies"]]
    assert consumer.attributes["SecretArn"] in str(granted)

    consumer.update(MaxMemory=str(20 * MIB), EvictionPolicy="noeviction")
    changed = api.get(first).json()["instance"]
    assert (consumer.physical_id, changed["maxMemory"], changed["evictionPolicy"]) == (first, 20 * MIB, "noeviction")
    assert visit(stack, consumer, monkeypatch) == 3

    with pytest.raises(StackFailed, match="maxMemory is in bytes"):
        consumer.update(MaxMemory="1")
    assert visit(stack, consumer, monkeypatch) == 4

    api.send("PATCH", f"/instances/{first}", json={"evictionPolicy": "allkeys-lfu"})
    consumer.update(MaxMemory=str(30 * MIB))
    assert consumer.outputs["Drift"] == "EvictionPolicy: declared 'noeviction', found 'allkeys-lfu'"
    assert api.get(first).json()["instance"]["evictionPolicy"] == "noeviction"

    consumer.update(Persistence="true")
    second = consumer.physical_id
    assert (second != first, api.status(first)) == (True, None)
    assert visit(stack, consumer, monkeypatch) == 1

    arn = consumer.attributes["SecretArn"]
    consumer.delete()
    assert api.status(second) is None
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        stack.aws("secretsmanager").get_secret_value(SecretId=arn)
    assert consumer.requests == [
        "Create",
        f"Update {first}",
        f"Update {first}",
        f"Update {first}",
        f"Update {first}",
        f"Update {first}",
        f"Delete {first}",
        f"Delete {second}",
    ]


def test_the_guides_lines_let_an_organizations_stacks_declare(stack: Stack, consumer: ConsumerStack) -> None:
    need("sh", "aws")
    [typed] = blocks(GUIDE, "sh")
    other = stack.api.send("POST", "/organizations", json={"name": "Other"})
    assert other.status_code == 201, other.text
    organization_id, key = other.json()["organization"]["id"], other.json()["createdOwnerKey"]["plainTextKey"]
    printed = "".join(lines(stack, typed, ORGANIZATION=organization_id, ACCOUNT_KEY=key))
    assert organization_id in printed
    assert key not in printed
    consumer.create(Organization=organization_id)
    consumer.delete()


def test_a_stack_of_an_organization_that_nobody_let_cannot_even_ask(
    stack: Stack, let: str, consumer: ConsumerStack
) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        consumer.create(Organization="org_unknown")


def test_a_stack_that_declares_what_cannot_be_is_rolled_back_with_the_reason(
    api: Api, let: str, consumer: ConsumerStack
) -> None:
    before = {found["id"] for found in api.instances()}
    with pytest.raises(StackFailed, match=r"INVALID_PROPERTY: Persistence|maxMemory is in bytes"):
        consumer.create(Organization=let, MaxMemory="1")
    assert consumer.requests[-1].startswith("Delete not-created-")
    assert {found["id"] for found in api.instances()} == before
