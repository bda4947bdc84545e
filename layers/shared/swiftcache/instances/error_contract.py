"""How a failure of an instance looks in the API."""

from swiftcache.api.body import Body
from swiftcache.instances.failure import Failure


class ErrorBody(Body):
    """Why a creation or a change failed."""

    code: str
    message: str
    step: str
    request_id: str

    @classmethod
    def of(cls, failure: Failure) -> "ErrorBody":
        return cls(code=failure.code, message=failure.message, step=failure.step, request_id=failure.request_id)
