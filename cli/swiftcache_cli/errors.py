"""What can go wrong, and how the program ends then.

    CliError                1, what was asked for failed
    ├── UsageError          2, what was typed, or given by the environment, is not possible
    ├── NotFoundError       3, not there, or not yours
    ├── NotSignedInError    4, no account key, or one that does not count, or may not do that
    ├── ConflictError       5, the state of things does not allow it
    └── StillGoingError     6, the time is over, and the work goes on

`code` is stable, as the API's. `hint` says what to do.
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_SIGNED_IN = 4
    CONFLICT = 5
    STILL_GOING = 6
    INTERRUPTED = 130


class CliError(Exception):
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class UsageError(CliError):
    exit_code = ExitCode.USAGE


class NotFoundError(CliError):
    exit_code = ExitCode.NOT_FOUND


class NotSignedInError(CliError):
    exit_code = ExitCode.NOT_SIGNED_IN


class ConflictError(CliError):
    exit_code = ExitCode.CONFLICT


class StillGoingError(CliError):
    exit_code = ExitCode.STILL_GOING


class UnreachableError(CliError):
    """Nobody answered, or only with 5xx or "too many requests": what was asked for may have been done all the same."""
