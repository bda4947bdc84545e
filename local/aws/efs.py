"""EFS as far as the template needs it: moto keeps the file system and its access points, and is made as strict as AWS.

moto makes a second access point for the same client token, deletes one that is not there, knows no pages, and does not
tell CloudFormation the ids and ARNs of what it made.
"""

import json
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from moto.efs.exceptions import AccessPointNotFound, EFSError, FileSystemNotFound
from moto.efs.models import AccessPoint, EFSBackend, FileSystem, efs_backends
from moto.efs.responses import TYPE_RESPONSE, EFSResponse

from local.aws.dispatch import ACCOUNT, REGION

PAGE = 100


class AccessPointAlreadyExistsError(EFSError):
    """The client token has been used."""

    code = 409

    def __init__(self, access_point_id: str) -> None:
        super().__init__("AccessPointAlreadyExists", f"Access point {access_point_id} already exists.")


def paths() -> dict[str, str]:
    """The root folder of every access point, by its id."""
    known = efs_backends[ACCOUNT][REGION].access_points
    return {access_point_id: str(found.root_directory["Path"]) for access_point_id, found in list(known.items())}


def extend(patches: ExitStack) -> None:
    """Make moto's access points as AWS's, and known to CloudFormation."""
    create, delete = EFSBackend.create_access_point, EFSBackend.delete_access_point

    def create_once(backend: EFSBackend, client_token: str, **arguments: Any) -> AccessPoint:
        if arguments["file_system_id"] not in backend.file_systems_by_id:
            raise FileSystemNotFound(arguments["file_system_id"])
        for known in backend.access_points.values():
            if known.client_token == client_token:
                raise AccessPointAlreadyExistsError(known.access_point_id)
        return create(backend, client_token, **arguments)

    def delete_once(backend: EFSBackend, access_point_id: str) -> None:
        if access_point_id not in backend.access_points:
            raise AccessPointNotFound(access_point_id)
        delete(backend, access_point_id)

    def give_attribute(made: Any, name: str) -> str:
        return str(_attributes(made)[name])

    patches.enter_context(patch.object(EFSBackend, "create_access_point", create_once))
    patches.enter_context(patch.object(EFSBackend, "delete_access_point", delete_once))
    patches.enter_context(patch.object(EFSResponse, "describe_access_points", _describe))
    access_point_id = property(lambda made: made.access_point_id)
    patches.enter_context(patch.object(AccessPoint, "physical_resource_id", access_point_id, create=True))
    for kind in (AccessPoint, FileSystem):
        patches.enter_context(patch.object(kind, "get_cfn_attribute", give_attribute, create=True))


def _attributes(made: Any) -> dict[str, str]:
    if isinstance(made, AccessPoint):
        return {"Arn": made.access_point_arn, "AccessPointId": made.access_point_id}
    return {"Arn": made.file_system_arn, "FileSystemId": made.file_system_id}


def _describe(response: EFSResponse) -> TYPE_RESPONSE:
    """In pages, as AWS answers for a file system. The token says where the next one begins."""
    found = response.efs_backend.describe_access_points(
        response._get_param("AccessPointId"), response._get_param("FileSystemId")
    )
    start = int(response._get_param("NextToken") or 0)
    end = start + min(response._get_int_param("MaxResults", PAGE), PAGE)
    answer: dict[str, object] = {"AccessPoints": [access_point.info_json() for access_point in found[start:end]]}
    if end < len(found):
        answer["NextToken"] = str(end)
    return json.dumps(answer), {"Content-Type": "application/json"}
