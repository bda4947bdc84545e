"""The access points of instances' volumes: which there are."""

from collections.abc import Sequence
from typing import Any

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

_FOLDER = "/instances/"
_PAGE = 100


class EfsAccessPoints:
    """Those of one file system, by the instances in their paths. `client` is boto3's for EFS."""

    def __init__(self, client: Any, file_system: str) -> None:
        self._client = client
        self._file_system = file_system

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        after = {"NextToken": token} if token else {}
        with passing_errors_as_unavailable("the file service"):
            listed = self._client.describe_access_points(FileSystemId=self._file_system, MaxResults=_PAGE, **after)
        found = [
            CloudResource(ResourceKind.VOLUME, point["AccessPointId"], path.removeprefix(_FOLDER))
            for point in listed["AccessPoints"]
            if (path := point["RootDirectory"]["Path"]).startswith(_FOLDER)
        ]
        return found, listed.get("NextToken")

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        found, token = self.page(None)
        mine = [*found]
        while token:
            found, token = self.page(token)
            mine += found
        return [resource for resource in mine if resource.owner == instance_id]
