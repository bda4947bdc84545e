"""Telling AWS's errors apart by their exact names."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from swiftcache.platform.errors import DependencyUnavailable

_PASSING = frozenset(
    {
        "DependencyTimeoutException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "KMSInternalException",
        "KeyUnavailableException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "TransactionConflictException",
        "Unavailable",
    }
)


def code_of(error: ClientError) -> str:
    """AWS's name of the error, such as `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def passing_errors_as_unavailable(service: str) -> Iterator[None]:
    """Raises DependencyUnavailable for what may pass by itself: throttling, faults of AWS, a lost connection."""
    try:
        yield
    except ClientError as error:
        if code_of(error) in _PASSING:
            raise DependencyUnavailable(f"{service} is busy; please try again") from error
        raise
    except BotoCoreError as error:
        raise DependencyUnavailable(f"{service} did not answer; please try again") from error
