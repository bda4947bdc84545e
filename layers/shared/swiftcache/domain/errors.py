"""The errors that the domain raises.

    SwiftCacheError
    ├── NotAuthenticated            no account key, or one that does not exist
    ├── NotAllowed                  the account key's role is too low
    ├── NotFound                    not there, or not yours: the two are never told apart
    ├── InvalidRequest              a value that the service does not take
    │   └── PersistenceUnavailable
    ├── Conflict                    the state of things does not allow it
    │   ├── IllegalTransition       the instance's status does not
    │   └── DeletionProtected
    ├── LimitExceeded               the organization's limit is reached
    ├── InstanceSuperseded          the instance was deleted while a workflow was at work on it
    ├── VerificationFailed          the new Redis did not answer as it must
    ├── DataDoesNotFit              what is in use is more than the instance is to have
    ├── StandbyBehind               the task that is to take over has not all data yet
    └── DependencyUnavailable       an AWS service did not answer in time; trying again is safe

`code` is stable: programs may compare it. The class names are stable too, since Step Functions shows them.
"""


class SwiftCacheError(Exception):
    """The base of all. `str(error)` is a sentence for people; `code` is for programs."""

    code = "INTERNAL_ERROR"


class NotAuthenticated(SwiftCacheError):
    code = "NOT_AUTHENTICATED"


class NotAllowed(SwiftCacheError):
    code = "ROLE_TOO_LOW"


class NotFound(SwiftCacheError):
    code = "NOT_FOUND"


class InvalidRequest(SwiftCacheError):
    """A value that the service does not take.

    `pointer` is the JSON pointer (RFC 6901) of the value in the request's body.
    """

    code = "INVALID_VALUE"

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(message)
        self.pointer = pointer


class PersistenceUnavailable(InvalidRequest):
    code = "PERSISTENCE_UNAVAILABLE"


class Conflict(SwiftCacheError):
    """The request is in order, but not now: what there is does not allow it."""

    code = "CONFLICT"


class IllegalTransition(Conflict):
    """`current` is the status that stood in the way."""

    code = "STATUS_CONFLICT"

    def __init__(self, message: str, current: str) -> None:
        super().__init__(message)
        self.current = current


class DeletionProtected(Conflict):
    code = "DELETION_PROTECTED"


class LimitExceeded(SwiftCacheError):
    code = "LIMIT_EXCEEDED"


class InstanceSuperseded(SwiftCacheError):
    code = "INSTANCE_SUPERSEDED"


class VerificationFailed(SwiftCacheError):
    code = "VERIFICATION_FAILED"


class DataDoesNotFit(SwiftCacheError):
    code = "DATA_DOES_NOT_FIT"


class StandbyBehind(SwiftCacheError):
    code = "STANDBY_BEHIND"


class DependencyUnavailable(SwiftCacheError):
    code = "SERVICE_UNAVAILABLE"
