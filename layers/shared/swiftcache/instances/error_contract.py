"""How a failure of an instance looks in the API."""

from swiftcache.api.body import AttributesBody


class ErrorBody(AttributesBody):
    """Why a creation or a change failed."""

    code: str
    message: str
    step: str
    request_id: str
