"""Walks through every route of the API on a running local stack, as everybody who could ask.

    . .swiftcache/env; PYTHONPATH=layers/shared:. $PYTHON -m local.walkthrough

It makes an organization with an owner, an admin, a developer and a viewer, and a stranger who owns another one. Then
each route is asked by each of them, by nobody, and, where only the operator may, by the operator; a line shows the
answers' statuses. It ends with 1 if one is not what the roles promise, and removes what it has made.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from local.retirement import retire_task_of
from local.rollout import begin_rollout
from swiftcache.access.identity import Permission, Role, least_role
from swiftcache.api.routes import ACCESS, API, SESSION, SIGN_IN, SIGN_OUT

Json = dict[str, Any]

MEMBERS = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)
ASKING = ("nobody", "stranger", *(role.value for role in MEMBERS), "operator")
SMALLEST = 10 * 1024 * 1024
PATIENCE_SECONDS = 60


@dataclass
class Client:
    """Somebody with an account key, or without one. `cookies` are those that the API has set."""

    url: str
    token: str | None
    organization: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Json | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        # As the browser of a page of the API's own origin does, without which no cookie counts.
        headers["Sec-Fetch-Site"] = "same-origin"
        answer = requests.request(method, self.url + path, json=body, headers=headers, cookies=self.cookies, timeout=60)
        self.cookies |= answer.cookies.get_dict()
        return answer

    def made(self, method: str, path: str, body: Json | None = None) -> Json:
        """The answer's body, which must be a success. A busy machine's 503 of a reading is asked again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        answer = self.ask(method, path, body)
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        while method == "GET" and answer.status_code == busy and time.monotonic() < deadline:
            time.sleep(1)
            answer = self.ask(method, path, body)
        if not answer.ok:
            raise SystemExit(f"{method} {path} answered {answer.status_code}: {answer.text}")
        found: Json = answer.json()
        return found


@dataclass
class World:
    """Everybody, and what the owner prepares for them. `last` are an instance that is gone, and its last backup;
    `retired` is one whose tasks AWS retires, `aws` the substitutes' address.
    """

    operator: Client
    aws: str
    everybody: dict[str, Client] = field(default_factory=dict)
    last: tuple[str, str] = ("", "")
    retired: str = ""

    @property
    def owner(self) -> Client:
        return self.everybody[Role.OWNER.value]

    @property
    def organization(self) -> str:
        return f"{API}/organizations/{self.owner.organization}"

    def instance(self) -> str:
        """The address of a new instance that is RUNNING."""
        created = self.owner.made("POST", f"{API}/instances", self.wanted())
        address = f"{API}/instances/{created['instance']['id']}"
        self.owner.made("GET", f"{address}?waitFor=RUNNING&timeout=25")
        return address

    def wanted(self) -> Json:
        return {
            "organizationId": self.owner.organization,
            "name": "walkthrough",
            "maxMemory": SMALLEST,
            "region": "eu-central",
        }

    def deleted(self) -> str:
        """The address of an instance that is gone."""
        address = self.instance()
        self.owner.made("DELETE", address)
        self.owner.made("GET", f"{address}?waitFor=DELETED&timeout=25")
        return address

    def backup(self, instance: str) -> str:
        """The address of a new backup of it that is whole."""
        created = self.owner.made("POST", self.idle(f"{instance}/backups"), {})
        self.idle(f"{instance}/backups")
        return f"{API}/backups/{created['backup']['id']}"

    def final_backup(self) -> str:
        """The address of the last backup of an instance that is gone, and of the same as before if that still is."""
        address, backup = self.last
        if address and self.owner.ask("GET", address).status_code == HTTPStatus.NOT_FOUND:
            return backup
        address = self.instance()
        self.owner.made("DELETE", f"{address}?finalBackup=required")
        self.idle(f"{address}/backups")
        self.owner.made("GET", f"{address}?waitFor=DELETED&timeout=25")
        [found] = self.owner.made("GET", f"{address}/backups")["backups"]
        self.last = (address, f"{API}/backups/{found['id']}")
        return self.last[1]

    def maintenance(self) -> str:
        """The address of maintenance that is pending: AWS retires the task that serves an instance."""
        self.retired = self.retired or self.instance()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (change := self.owner.made("GET", self.retired)["instance"]["change"]) and change["endedAt"] is None:
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.retired}: still changing after {PATIENCE_SECONDS} s")
            time.sleep(0.1)
        retire_task_of(self.retired.rpartition("/")[2], self.aws)
        return f"{self.retired}/maintenance/retirement"

    def rollout(self) -> str:
        """The address of the rollout that goes on."""
        engines = self.operator.made("GET", f"{API}/engines")["engines"]
        return f"{API}/operations/rollouts/{begin_rollout(engines[0]['version'], self.aws)}"

    def idle(self, backups: str) -> str:
        """The same address, once none of these is being taken: there can be one at a time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(found["status"] == "CREATING" for found in self.owner.made("GET", backups)["backups"]):
            if time.monotonic() > deadline:
                raise SystemExit(f"{backups}: still CREATING after {PATIENCE_SECONDS} s")
            time.sleep(0.1)
        return backups

    def made(self, collection: str, body: Json, member: str) -> str:
        """The address of a new thing in a collection of the organization."""
        created = self.owner.made("POST", f"{self.organization}/{collection}", body)
        return f"{self.organization}/{collection}/{created[member]['id']}"

    def member(self) -> str:
        return self.made("members", {"name": "a colleague", "role": "viewer"}, "member")

    def webhook(self) -> str:
        return self.made("webhooks", HOOK, "webhook")

    def another_organization(self) -> str:
        """The address of a new one, for what only the operator does."""
        created = self.operator.made("POST", f"{API}/organizations", {"name": "another"})
        return f"{API}/organizations/{created['organization']['id']}"


HOOK: Json = {"url": "http://127.0.0.1:9/hook", "events": ["instance.resized"]}

Request = tuple[str, Json | None]


def requests_of(world: World, running: str, gone: str) -> dict[str, Callable[[], Request]]:
    """For each route a request that is in order. `running` and `gone` are addresses of instances."""
    organization, member, webhook = world.organization, world.member(), world.webhook()
    backup = world.backup(running)
    return {
        "GET /docs": lambda: ("/docs", None),
        "GET /openapi.json": lambda: ("/openapi.json", None),
        f"GET {API}/engines": lambda: (f"{API}/engines", None),
        f"GET {API}/instances/regions": lambda: (f"{API}/instances/regions", None),
        f"GET {API}/instances/sizes": lambda: (f"{API}/instances/sizes", None),
        f"POST {API}/instances": lambda: (f"{API}/instances", world.wanted()),
        f"GET {API}/instances": lambda: (f"{API}/instances?organizationId={world.owner.organization}", None),
        f"GET {API}/instances/{{instanceId}}": lambda: (running, None),
        f"PATCH {API}/instances/{{instanceId}}": lambda: (running, {"name": "renamed"}),
        f"POST {API}/instances/{{instanceId}}/plan": lambda: (f"{running}/plan", {"maxMemory": 4 * SMALLEST}),
        f"POST {API}/instances/{{instanceId}}/replace": lambda: (f"{world.instance()}/replace", None),
        f"POST {API}/instances/{{instanceId}}/maintenance/{{reason}}/defer": lambda: (
            f"{world.maintenance()}/defer",
            None,
        ),
        f"POST {API}/instances/{{instanceId}}/maintenance/{{reason}}/now": lambda: (f"{world.maintenance()}/now", None),
        f"DELETE {API}/instances/{{instanceId}}": lambda: (world.instance(), None),
        f"GET {API}/instances/{{instanceId}}/keys": lambda: (f"{running}/keys", None),
        f"POST {API}/instances/{{instanceId}}/keys": lambda: (f"{running}/keys", {"name": "another"}),
        f"DELETE {API}/instances/{{instanceId}}/keys/{{keyId}}": lambda: (instance_key(world, running), None),
        f"GET {API}/instances/{{instanceId}}/metrics": lambda: (f"{running}/metrics", None),
        f"GET {API}/instances/{{instanceId}}/metrics/live": lambda: (f"{running}/metrics/live", None),
        f"GET {API}/instances/{{instanceId}}/slowlog": lambda: (f"{running}/slowlog", None),
        f"GET {API}/instances/{{instanceId}}/timeline": lambda: (f"{running}/timeline", None),
        f"GET {API}/instances/{{instanceId}}/receipt": lambda: (f"{gone}/receipt", None),
        f"POST {API}/instances/{{instanceId}}/backups": lambda: (world.idle(f"{running}/backups"), {}),
        f"GET {API}/instances/{{instanceId}}/backups": lambda: (f"{running}/backups", None),
        f"GET {API}/backups/{{backupId}}": lambda: (backup, None),
        f"POST {API}/backups/{{backupId}}/plan": lambda: (f"{backup}/plan", {}),
        f"POST {API}/backups/{{backupId}}/download": lambda: (f"{backup}/download", None),
        f"DELETE {API}/backups/{{backupId}}": lambda: (world.backup(running), None),
        f"POST {API}/backups/{{backupId}}/undelete": lambda: (f"{world.final_backup()}/undelete", None),
        f"GET {API}/organizations/{{organizationId}}/backups": lambda: (f"{organization}/backups", None),
        f"POST {API}/organizations/{{organizationId}}/imports": lambda: (f"{organization}/imports", {}),
        SIGN_IN: lambda: (SESSION, None),
        f"GET {SESSION}": lambda: (SESSION, None),
        SIGN_OUT: lambda: (SESSION, None),
        f"GET {API}/operations/fleet": lambda: (f"{API}/operations/fleet", None),
        f"GET {API}/operations/rollouts": lambda: (f"{API}/operations/rollouts", None),
        f"POST {API}/operations/rollouts/{{rolloutId}}/resume": lambda: (f"{world.rollout()}/resume", None),
        f"POST {API}/operations/rollouts/{{rolloutId}}/abandon": lambda: (f"{world.rollout()}/abandon", None),
        f"POST {API}/operations/rollouts/{{rolloutId}}/undo": lambda: (f"{world.rollout()}/undo", None),
        f"POST {API}/organizations": lambda: (f"{API}/organizations", {"name": "another"}),
        f"GET {API}/organizations": lambda: (f"{API}/organizations", None),
        f"GET {API}/organizations/{{organizationId}}": lambda: (organization, None),
        f"PATCH {API}/organizations/{{organizationId}}": lambda: (organization, {"name": "Walkthrough"}),
        f"POST {API}/organizations/{{organizationId}}/suspend": lambda: (f"{world.another_organization()}/suspend", {}),
        f"POST {API}/organizations/{{organizationId}}/resume": lambda: (f"{suspended(world)}/resume", {}),
        f"GET {API}/organizations/{{organizationId}}/usage": lambda: (f"{organization}/usage", None),
        f"GET {API}/organizations/{{organizationId}}/audit": lambda: (f"{organization}/audit", None),
        f"GET {API}/organizations/{{organizationId}}/metrics/prometheus": lambda: (
            f"{organization}/metrics/prometheus",
            None,
        ),
        f"GET {API}/organizations/{{organizationId}}/members": lambda: (f"{organization}/members", None),
        f"POST {API}/organizations/{{organizationId}}/members": lambda: (
            f"{organization}/members",
            {"name": "a colleague", "role": "viewer"},
        ),
        f"GET {API}/organizations/{{organizationId}}/members/{{memberId}}": lambda: (member, None),
        f"PATCH {API}/organizations/{{organizationId}}/members/{{memberId}}": lambda: (
            member,
            {"role": "developer"},
        ),
        f"DELETE {API}/organizations/{{organizationId}}/members/{{memberId}}": lambda: (world.member(), None),
        f"GET {API}/organizations/{{organizationId}}/keys": lambda: (f"{organization}/keys", None),
        f"POST {API}/organizations/{{organizationId}}/keys": lambda: (
            f"{organization}/keys",
            {"name": "ci", "role": "viewer"},
        ),
        f"DELETE {API}/organizations/{{organizationId}}/keys/{{keyId}}": lambda: (
            world.made("keys", {"name": "ci", "role": "viewer"}, "createdKey"),
            None,
        ),
        f"GET {API}/organizations/{{organizationId}}/webhooks": lambda: (f"{organization}/webhooks", None),
        f"POST {API}/organizations/{{organizationId}}/webhooks": lambda: (f"{organization}/webhooks", HOOK),
        f"GET {API}/organizations/{{organizationId}}/webhooks/{{webhookId}}": lambda: (webhook, None),
        f"PATCH {API}/organizations/{{organizationId}}/webhooks/{{webhookId}}": lambda: (
            webhook,
            {"enabled": True},
        ),
        f"DELETE {API}/organizations/{{organizationId}}/webhooks/{{webhookId}}": lambda: (world.webhook(), None),
        f"POST {API}/organizations/{{organizationId}}/webhooks/{{webhookId}}/test": lambda: (
            f"{webhook}/test",
            {},
        ),
        f"GET {API}/organizations/{{organizationId}}/webhooks/{{webhookId}}/deliveries": lambda: (
            f"{webhook}/deliveries",
            None,
        ),
        # Last, since it ends with the organization gone.
        f"DELETE {API}/organizations/{{organizationId}}": lambda: (organization, None),
    }


def instance_key(world: World, instance: str) -> str:
    created = world.owner.made("POST", f"{instance}/keys", {"name": "to-revoke"})
    return f"{instance}/keys/{created['createdKey']['id']}"


def suspended(world: World) -> str:
    address = world.another_organization()
    world.operator.made("POST", f"{address}/suspend", {})
    return address


def expected(asking: str, route: str) -> set[int]:
    """The statuses that are right. What is not one's own is 404 even for its reader; a session is everybody's own."""
    permission = ACCESS[route]
    if permission is None:
        return {200}
    if asking == "nobody":
        return {401}
    if permission is Permission.OPERATE:
        return {200, 201, 202} if asking == "operator" else {403}
    if asking == "stranger":
        return {200, 201, 204} if route.endswith(SESSION) else {404}
    return {200, 201, 202, 204} if Role(asking) in MEMBERS and _reaches(Role(asking), permission) else {403}


def _reaches(role: Role, permission: Permission) -> bool:
    return MEMBERS.index(role) >= MEMBERS.index(least_role(permission))


@contextmanager
def prepared(operator: Client, aws: str) -> Iterator[World]:
    """Everybody; the organizations are deleted in the end."""
    world = World(operator, aws, {"nobody": Client(operator.url, None), "operator": operator})
    before = {found["id"] for found in _organizations(operator)}
    try:
        for who in (Role.OWNER.value, "stranger"):
            created = operator.made("POST", f"{API}/organizations", {"name": f"of the {who}"})
            token = created["createdOwnerKey"]["plainTextKey"]
            world.everybody[who] = Client(operator.url, token, created["organization"]["id"])
        for role in MEMBERS[:-1]:
            member = world.owner.made("POST", f"{world.organization}/members", {"name": role, "role": role})
            wanted = {"name": role, "role": role, "memberId": member["member"]["id"]}
            key = world.owner.made("POST", f"{world.organization}/keys", wanted)
            world.everybody[role.value] = Client(operator.url, key["createdKey"]["plainTextKey"])
        yield world
    finally:
        for found in _organizations(operator):
            if found["id"] not in before and found["status"] != "DELETING":
                operator.made("DELETE", f"{API}/organizations/{found['id']}")
        _await_gone(operator, before)


def _organizations(operator: Client) -> list[Json]:
    found: list[Json] = []
    cursor = ""
    while True:
        page = operator.made("GET", f"{API}/organizations?limit=100{cursor}")
        found += page["organizations"]
        if page["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['nextCursor']}"


def _await_gone(operator: Client, before: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := {found["id"] for found in _organizations(operator)} - before:
        if time.monotonic() > deadline:
            raise SystemExit(f"these organizations are not gone after {PATIENCE_SECONDS} s: {', '.join(sorted(left))}")
        time.sleep(0.2)


def walk(world: World) -> list[str]:
    """Prints a line for each route, and answers what was not as it should be."""
    print(f"{'':78}{''.join(f'{who:>11}' for who in ASKING)}")
    cases = requests_of(world, world.instance(), world.deleted())
    wrong = [f"{route} is not walked through" for route in sorted(set(ACCESS) - set(cases))]
    for route, prepare in cases.items():
        method = route.partition(" ")[0]
        statuses = []
        request: Request | None = None
        for who in ASKING:
            permission = ACCESS[route]
            if who == "operator" and permission not in (None, Permission.OPERATE):
                statuses.append("")
                continue
            path, body = request = request or prepare()
            answer = world.everybody[who].ask(method, path, body)
            if answer.ok:
                request = None  # what it was about may be gone; who is refused leaves it for the next
            statuses.append(str(answer.status_code))
            if answer.status_code not in expected(who, route):
                wrong.append(f"{route} as {who}: {answer.status_code} {answer.text[:300]}")
        print(f"{route:78}{''.join(f'{status:>11}' for status in statuses)}", flush=True)
    return wrong


def main() -> None:
    home = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache"))
    try:
        local = json.loads((home / "local.json").read_text())
    except FileNotFoundError:
        sys.exit(f"there is no stack in {home}: start one with `make run` first")
    operator = Client(local["apiUrl"], local["token"], local["organizationId"])
    with prepared(operator, local["awsEndpointUrl"]) as world:
        wrong = walk(world)
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(ACCESS)} routes, each answered as the roles promise")


if __name__ == "__main__":
    main()
