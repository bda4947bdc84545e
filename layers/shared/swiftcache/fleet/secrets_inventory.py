"""The secrets of instances, and of webhooks: which there are. Their values are not read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_PAGE = 100


class NamedSecrets:
    """`prefix` begins the names; what follows it is the owner's id."""

    def __init__(self, client: "SecretsManagerClient", kind: ResourceKind, prefix: str) -> None:
        self._client = client
        self._kind = kind
        self._prefix = prefix

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        return self._listed("", {"NextToken": token} if token else {})

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        found, _ = self._listed(instance_id, {})
        return [resource for resource in found if resource.owner == instance_id]

    def _listed(self, begin: str, after: Any) -> tuple[Sequence[CloudResource], str | None]:
        with passing_errors_as_unavailable("the store of secrets"):
            # A name is matched from its beginning.
            listed = self._client.list_secrets(
                MaxResults=_PAGE, Filters=[{"Key": "name", "Values": [self._prefix + begin]}], **after
            )
        names = [secret["Name"] for secret in listed["SecretList"]]
        found = [
            CloudResource(self._kind, name, name.removeprefix(self._prefix))
            for name in names
            if name.startswith(self._prefix)
        ]
        return found, listed.get("NextToken")
