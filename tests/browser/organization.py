"""An organization of a test's own, so that what one test ends no other misses."""

from dataclasses import dataclass
from uuid import uuid4

from tests.e2e.api import Api


@dataclass(frozen=True)
class Organization:
    """`api` speaks as its owner, with the account key `token`."""

    id: str
    name: str
    api: Api
    owner: str
    token: str

    @property
    def path(self) -> str:
        return f"/organizations/{self.id}"

    def member(self, role: str, name: str = "") -> tuple[str, str]:
        """Another member: its id, and an account key with all its role."""
        added = self.api.send("POST", f"{self.path}/members", json={"name": name or f"a {role}", "role": role})
        assert added.status_code == 201, added.text
        member: str = added.json()["member"]["id"]
        return member, self.key(role, name=name or f"of a {role}", memberId=member)

    def key(self, role: str, **wanted: str) -> str:
        """Another account key; the owner's, unless it is told whose."""
        answer = self.api.send("POST", f"{self.path}/keys", json={"name": "another", "role": role, **wanted})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["createdKey"]["plainTextKey"]
        return token

    def webhook(self, url: str, **wanted: object) -> str:
        answer = self.api.send("POST", f"{self.path}/webhooks", json={"url": url, "events": ["*"], **wanted})
        assert answer.status_code == 201, answer.text
        webhook: str = answer.json()["webhook"]["id"]
        return webhook


def an_organization(operator: Api, name: str = "") -> Organization:
    """A new one, made by the operator."""
    name = name or f"of a test {uuid4().hex[:8]}"
    answer = operator.send("POST", "/organizations", json={"name": name})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    token = made["createdOwnerKey"]["plainTextKey"]
    organization_id = made["organization"]["id"]
    return Organization(organization_id, name, Api(operator.url, token, organization_id), made["member"]["id"], token)
