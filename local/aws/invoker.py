"""What the substitutes need from the Lambda host: one way to call a function, and one error of its own."""

from typing import Protocol


class FunctionError(Exception):
    """A function ended in an error instead of a result.

    `error_type` is what AWS calls it: the class name of a Python exception, `Sandbox.Timedout`,
    `Runtime.ExitError`. `stack` is the traceback, one line an entry, as the runtime reports it.
    """

    def __init__(self, error_type: str, message: str, stack: tuple[str, ...] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.stack = stack

    def payload(self) -> dict[str, object]:
        """The error as Lambda's Invoke and Step Functions' Cause carry it."""
        return {"errorMessage": self.message, "errorType": self.error_type, "stackTrace": list(self.stack)}


class Invoker(Protocol):
    """Runs a Lambda function and waits for its end. Called from many threads at once."""

    def __call__(self, function: str, payload: object) -> object:
        """Return what the function returned for this JSON payload.

        `function` is its name or its ARN, with or without a qualifier, as the caller wrote it.

        Raises FunctionError when the function failed or ran out of time,
        and LookupError when there is no function of that name.
        """
