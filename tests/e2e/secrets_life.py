"""One life with everything that has a secret in it, and every text that there is in the stack meanwhile.

What goes wrong is part of it: refused requests that carry secrets in odd places, a provisioning that fails, a resize, a
rotation, requests that come twice.
"""

import json
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import requests

from tests.e2e.api import Api, Created
from tests.e2e.leftovers import pages
from tests.e2e.stack import Stack
from tests.e2e.test_failures import without_certificate
from tests.e2e.test_resize import LARGE, wait_for_change
from tests.receiver import receiving

Texts = dict[str, str]
"""What was found, by where it was found."""

EVENT_COUNT_LIMIT = 10_000
LONG_AGO = "2024-03-15T10:30:00.000+00:00"


@dataclass
class Life:
    """`secrets` by what they are, and the texts that were found in the stack, by kind, place and moment."""

    stack: Stack
    api: Api
    secrets: dict[str, str] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    answers: int = 0

    def places_of(self, secret: str, *kinds: str) -> list[str]:
        """Where a text is, among these kinds of places; among all of them if none is named."""
        return [place for place, text in self.texts.items() if secret in text and place.startswith(kinds or "")]

    def look(self, moment: str) -> None:
        self.texts |= {f"{place}, {moment}": text for place, text in texts_of(self.stack).items()}

    def note(self, answer: requests.Response) -> requests.Response:
        """Keeps an answer that may show no secret."""
        self.answers += 1
        self.texts[f"answer {self.answers}"] = f"{answer.headers} {answer.text}"
        return answer

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.note(self.api.send(method, path, **options))

    def shown(self, path: str, body: dict[str, Any], secret: str, member: str) -> dict[str, Any]:
        """What is made at this path; its answer shows a secret, for the only time, at this member."""
        answer = self.api.send("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        found: Any = made
        for step in member.split("."):
            found = found[step]
        self.secrets[secret] = found
        return made


def live(stack: Stack, api: Api, queue: str) -> Life:
    """The whole life, with its end."""
    life = Life(stack, api, {"account key": api.token})
    life.secrets["certificate's private key"] = (stack.home / "redis.key").read_text().splitlines()[1]
    organization = f"/organizations/{api.organization_id}"
    made = life.shown(
        f"{organization}/keys", {"name": "ci", "role": "viewer"}, "second account key", "createdKey.plainTextKey"
    )
    with receiving() as receiver:
        body = {"url": receiver.url, "events": ["*"]}
        hook = life.shown(f"{organization}/webhooks", body, "webhook's signing secret", "signingSecret")
        created = create_twice(life)
        instance = api.wait(created.id)
        life.secrets["control password"] = instance_secret(stack, created.id)[1]["controlPassword"]
        with stack.redis(instance, created.key) as client:
            client.set("greeting", "hello")
        path = f"/instances/{created.id}"
        key = life.shown(f"{path}/keys", {"name": "second"}, "second instance key", "createdKey.plainTextKey")
        sign_in(life)
        be_refused(life, created)
        life.look("running")
        rotate(life, created.id)
        life.send("PATCH", path, json={"maxMemory": LARGE})
        wait_for_change(api, created.id)
        life.look("resized")
        fail(life)
        life.send("GET", path)
        life.send("GET", f"{path}/timeline")
        life.send("DELETE", f"{path}/keys/{key['createdKey']['id']}")
        life.send("DELETE", path)
        api.wait_gone(created.id)
        receiver.wait(1)
    life.texts |= dict(events_in(stack, queue, created.id))
    life.send("DELETE", f"{organization}/webhooks/{hook['webhook']['id']}")
    life.send("DELETE", f"{organization}/keys/{made['createdKey']['id']}")
    life.look("gone")
    return life


def sign_in(life: Life) -> None:
    """A browser's session is begun, used and ended, and begun once more. The answer that begins it sets its cookie."""
    for _ in range(2):
        answer = life.api.send("POST", "/session", headers={"Idempotency-Key": "sign-in"})
        life.texts["answer to a sign-in"] = answer.text
        [(name, token)] = answer.cookies.items()
        life.secrets["session's token"] = token
        page = {"Authorization": None, "Cookie": f"{name}={token}", "Sec-Fetch-Site": "same-origin"}
        path = f"/organizations/{life.api.organization_id}"
        assert life.send("GET", path, headers=page).status_code == 200
        assert life.send("PATCH", path, json={"name": "Secrets"}, headers=page).status_code == 200
        life.look("signed in")
    assert life.send("DELETE", "/session", headers=page).status_code == 204
    assert life.send("GET", path, headers=page).status_code == 401
    for headers in (page | {"Sec-Fetch-Site": "cross-site"}, page | {"Authorization": f"Bearer {token}"}):
        assert life.send("POST", f"{path}/webhooks", json={"url": token}, headers=headers).status_code == 401
    assert life.send("GET", f"/{token}").status_code == 404


def create_twice(life: Life) -> Created:
    """The same request with the same Idempotency-Key: the second answer is kept nowhere in plain."""
    key = uuid.uuid4().hex
    wanted = {"organizationId": life.api.organization_id, "name": "secrets", "maxMemory": 10 * 1024**2}
    body = {**wanted, "region": "eu-central"}
    first, again = (life.api.send("POST", "/instances", json=body, headers={"Idempotency-Key": key}) for _ in range(2))
    assert first.text == again.text
    made = first.json()
    life.secrets["instance key"] = made["createdDefaultKey"]["plainTextKey"]
    seed = seed_of(life.stack, key)
    life.secrets |= {"idempotency seed in hex": seed.hex(), "idempotency seed in base64": b64encode(seed).decode()}
    return Created(made["instance"]["id"], life.secrets["instance key"], "", made)


def seed_of(stack: Stack, idempotency_key: str) -> bytes:
    """What the ids and keys of a request derive from: opened as only the API may."""
    hashed = sha256(idempotency_key.encode()).hexdigest()
    [item] = [item for item in items(stack) if item["SK"]["S"] == hashed]
    context = {
        "purpose": "idempotency",
        "accountKeyId": item["PK"]["S"].removeprefix("IDEMPOTENCY#"),
        "idempotencyKeySha256": hashed,
        "part": "seed",
        "piece": "1 of 1",
    }
    sealed = item["seed"]["L"][0]["B"]
    opened = stack.aws("kms").decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"]
    return bytes(opened)


def instance_secret(stack: Stack, instance_id: str) -> tuple[str, dict[str, str]]:
    """An instance's secret: its name, and what it holds."""
    client = stack.aws("secretsmanager")
    name = next(found["Name"] for found in pages(client, "list_secrets", "SecretList") if instance_id in found["Name"])
    return name, json.loads(client.get_secret_value(SecretId=name)["SecretString"])


def be_refused(life: Life, created: Created) -> None:
    """Requests with secrets where none belongs: each is answered, and perhaps logged."""
    key, token = created.key, life.api.token
    signing = life.secrets["webhook's signing secret"]
    hooks = f"/organizations/{life.api.organization_id}/webhooks"
    for answer in (
        life.send("POST", "/instances", json={"name": key, "token": token}),
        life.send("POST", "/instances", data=f'{{"name": "{key}"'),
        life.send("POST", "/instances", json={"organizationId": 1, "name": key, "maxMemory": 1, "region": token}),
        life.send("GET", f"/instances/{key}"),
        life.send("GET", f"/{token}/{key}"),
        life.send("GET", "/instances", params={"organizationId": life.api.organization_id, "cursor": key}),
        life.send("GET", "/instances", params={"organizationId": life.api.organization_id, "status": token}),
        # Who asks for an id that there is not is told which; nobody else is.
        life.api.send("GET", "/instances", params={"organizationId": key}),
        life.send("GET", f"/instances/{created.id}", headers={"Authorization": f"Bearer {key}"}),
        life.send("GET", f"/instances/{created.id}", headers={"Authorization": f"Basic {token}"}),
        life.send("POST", "/instances", json={}, headers={"Idempotency-Key": f"{key} {token}"}),
        life.send("POST", hooks, json={"url": f"https://user:{signing}@10.0.0.1/{key}", "events": ["*"]}),
    ):
        assert 400 <= answer.status_code < 500, answer.text


def fail(life: Life) -> None:
    """A provisioning that fails once its secret is made."""
    with without_certificate(life.stack):
        failed = life.api.create(name="failing")
        life.secrets["failed instance's key"] = failed.key
        life.api.wait(failed.id, until="ERROR")
    life.send("GET", f"/instances/{failed.id}")
    life.send("GET", f"/instances/{failed.id}/timeline")
    life.send("DELETE", f"/instances/{failed.id}")
    life.api.wait_gone(failed.id)


def rotate(life: Life, instance_id: str) -> None:
    """A whole rotation of the control password, with a look at each stage."""
    stack = life.stack
    [item] = [item for item in items(stack) if item["SK"]["S"] == f"INSTANCE#{instance_id}"]
    stack.aws("dynamodb").update_item(
        TableName=stack.outputs()["TableName"],
        Key={name: item[name] for name in ("PK", "SK")},
        UpdateExpression="SET controlPasswordAt = :at",
        ExpressionAttributeValues={":at": {"S": LONG_AGO}},
    )
    for number in range(3):
        one_pass(stack)
        name, held = instance_secret(stack, instance_id)
        if number == 0:
            life.secrets["new control password"] = held["otherControlPassword"]
        life.look(f"rotated {number}")
        # Time goes by.
        older = json.dumps({**held, "stageSince": LONG_AGO})
        stack.aws("secretsmanager").put_secret_value(SecretId=name, SecretString=older)
    assert held["controlPassword"] == life.secrets["new control password"]


def one_pass(stack: Stack) -> None:
    """What the schedule starts each hour."""
    lambdas = stack.aws("lambda")
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
    [name] = [name for name in names if "RotatePasswords" in name]
    assert "FunctionError" not in lambdas.invoke(FunctionName=name, Payload=b"{}")


def texts_of(stack: Stack) -> Texts:
    """Every text that there is in the stack at this moment, but for the values of its secrets."""
    return {
        **dict(executions(stack)),
        **dict(task_definitions(stack)),
        **{f"item {number}": _text(item) for number, item in enumerate(items(stack))},
        **{f"command of {process.pid}": process.command for process in stack.processes()},
        **{f"environment of {process.pid}": process.environment for process in stack.processes()},
        **{
            f"{'log' if file.suffix == '.log' else 'file'} {file}": file.read_bytes().decode(errors="replace")
            for file in stack.home.rglob("*")
            if file.is_file()
        },
        "terminal": stack.printed,
    }


def executions(stack: Stack) -> Iterator[tuple[str, str]]:
    states = stack.aws("stepfunctions")
    for machine in pages(states, "list_state_machines", "stateMachines"):
        for execution in pages(states, "list_executions", "executions", stateMachineArn=machine["stateMachineArn"]):
            arn = execution["executionArn"]
            history = pages(states, "get_execution_history", "events", executionArn=arn, includeExecutionData=True)
            yield f"execution {arn}", _text(states.describe_execution(executionArn=arn))
            yield f"history {arn}", _text(list(history))


def task_definitions(stack: Stack) -> Iterator[tuple[str, str]]:
    ecs = stack.aws("ecs")
    for arn in pages(ecs, "list_task_definitions", "taskDefinitionArns"):
        yield f"task definition {arn}", _text(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"])


def items(stack: Stack) -> Iterator[Any]:
    return pages(stack.aws("dynamodb"), "scan", "Items", TableName=stack.outputs()["TableName"])


def events_in(stack: Stack, url: str, instance_id: str) -> Iterator[tuple[str, str]]:
    """All events up to the one that tells of the instance's end."""
    sqs = stack.aws("sqs")
    for _ in range(EVENT_COUNT_LIMIT):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        messages = answer.get("Messages", [])
        assert messages, f"the end of {instance_id} was not heard of"
        for message in messages:
            event = json.loads(message["Body"])
            yield f"event {event['id']}", message["Body"]
        if any(instance_id in message["Body"] and '"DELETED"' in message["Body"] for message in messages):
            return


def _text(thing: object) -> str:
    return json.dumps(thing, default=str)
