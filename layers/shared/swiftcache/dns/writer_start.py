"""Starting the function that is the writer."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaWriterStart:
    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self) -> None:
        with passing_errors_as_unavailable("the writer of records"):
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=b"{}")
