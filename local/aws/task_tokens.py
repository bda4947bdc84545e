"""Step Functions' SendTaskSuccess and SendTaskFailure."""

from collections.abc import Mapping

from local.aws.dispatch import ApiError, Dispatcher, Parameters
from local.callbacks import Callbacks, UnknownTokenError


class TaskTokens:
    """Hands what is sent back to the executions that wait in `callbacks`."""

    def __init__(self, dispatcher: Dispatcher, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        dispatcher.replace("stepfunctions", "SendTaskSuccess", self.send_task_success)
        dispatcher.replace("stepfunctions", "SendTaskFailure", self.send_task_failure)

    def send_task_success(self, parameters: Parameters) -> Mapping[str, object]:
        """Ends a wait with an output."""
        try:
            self._callbacks.succeed(parameters["taskToken"], parameters["output"])
        except UnknownTokenError as error:
            raise _timed_out(error) from error
        except ValueError as error:
            raise ApiError("InvalidOutput", f"Invalid Output: '{error}'") from error
        return {}

    def send_task_failure(self, parameters: Parameters) -> Mapping[str, object]:
        """Ends a wait with an error."""
        try:
            self._callbacks.fail(parameters["taskToken"], parameters.get("error", ""), parameters.get("cause", ""))
        except UnknownTokenError as error:
            raise _timed_out(error) from error
        return {}


def _timed_out(error: UnknownTokenError) -> ApiError:
    return ApiError("TaskTimedOut", f"Task Timed Out: 'Provided task does not exist anymore' ({error})")
