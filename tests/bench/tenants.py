"""Organizations for the load test: the operator makes them, raises their limits, and each has clients of its own."""

import threading
from dataclasses import dataclass

from tests.bench.customer import Customer
from tests.e2e.api import MIB, Api


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization, and an account key of its owner."""

    url: str
    organization_id: str
    token: str

    def customer(self, stop: threading.Event) -> Customer:
        """A connection of its own. It asks nothing again once `stop` is set."""
        return Customer(self.url, self.token, self.organization_id, stop)


def tenants(operator: Api, count: int, instances: int) -> list[Tenant]:
    """So many organizations, each of which may have so many of the smallest instances."""
    limits = {"instances": instances, "memory": instances * 10 * MIB}
    found = []
    for number in range(count):
        answer = operator.send("POST", "/organizations", json={"name": f"Tenant {number}", "limits": limits})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        found.append(Tenant(operator.url, body["organization"]["id"], body["createdOwnerKey"]["plainTextKey"]))
    return found
