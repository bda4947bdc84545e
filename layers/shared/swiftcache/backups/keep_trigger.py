"""Having backups looked at at once."""

import json
from typing import TYPE_CHECKING

from swiftcache.backups.ports import KeepTargets
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaKeepTrigger:
    """`function` is its name or ARN."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, targets: KeepTargets) -> None:
        payload = {
            "backups": [{"organizationId": owner, "backupId": id_} for owner, id_ in targets.backups],
            "instances": [{"organizationId": owner, "instanceId": id_} for owner, id_ in targets.instances],
        }
        with passing_errors_as_unavailable("the keeper of backups"):
            self._client.invoke(
                FunctionName=self._function, InvocationType="Event", Payload=json.dumps(payload).encode()
            )
