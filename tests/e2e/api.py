"""A client of the HTTP API, no larger than the tests need it."""

import time
from dataclasses import dataclass
from typing import Any

import requests

MIB = 1024 * 1024
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Created:
    """What a POST answered. `key` is the plain instance key; `request_id` is the POST's."""

    id: str
    key: str
    request_id: str
    body: dict[str, Any]


class Api:
    """The API at an address, as the holder of an account key."""

    def __init__(self, url: str, token: str, organization_id: str) -> None:
        self.url = url
        self.token = token
        self.organization_id = organization_id

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request below `/api/v1`, with the account key. Comes again when that has sent its share of requests."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        while True:
            answer = requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=30, **options)
            if answer.status_code != 429 or answer.json().get("code") != "RATE_LIMITED":
                return answer
            time.sleep(float(answer.headers["retry-after"]))

    def create(self, **different: Any) -> Created:
        """A new instance, the smallest there is unless told otherwise."""
        wanted = {
            "organizationId": self.organization_id,
            "name": "my-cache",
            "maxMemory": 10 * MIB,
            "region": "eu-central",
        }
        answer = self.send("POST", "/instances", json=wanted | different)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        key = body["createdDefaultKey"]["plainTextKey"]
        return Created(body["instance"]["id"], key, answer.headers["apigw-requestid"], body)

    def get(self, instance_id: str) -> requests.Response:
        return self.send("GET", f"/instances/{instance_id}")

    def delete(self, instance_id: str) -> requests.Response:
        return self.send("DELETE", f"/instances/{instance_id}")

    def instances(self) -> list[dict[str, Any]]:
        answer = self.send("GET", "/instances", params={"organizationId": self.organization_id})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["instances"]
        return found

    def status(self, instance_id: str) -> str | None:
        """None when it is gone."""
        answer = self.get(instance_id)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        return str(answer.json()["instance"]["status"])

    def wait(self, instance_id: str, until: str = "RUNNING", seconds: float = 15) -> dict[str, Any]:
        """The instance, once it has this status. Fails after `seconds`, or when it goes another way."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(instance_id)
            assert answer.status_code == 200, answer.text
            instance: dict[str, Any] = answer.json()["instance"]
            if instance["status"] == until:
                return instance
            assert instance["status"] == "PROVISIONING", instance
            assert time.monotonic() < deadline, f"{instance_id} is not {until} after {seconds} s: {instance}"
            time.sleep(LOOK_SECONDS)

    def wait_gone(self, instance_id: str, seconds: float = 5) -> list[str]:
        """The statuses that were seen until it was gone. Fails after `seconds`."""
        deadline = time.monotonic() + seconds
        seen: list[str] = []
        while status := self.status(instance_id):
            if status not in seen:
                seen.append(status)
            assert time.monotonic() < deadline, f"{instance_id} is still {status} after {seconds} s"
            time.sleep(LOOK_SECONDS)
        return seen
