"""Links: requests that are signed in their address, and end. What S3 answers then."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from local.aws.dispatch import Response

_ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message>'
    "<X-Amz-Expires>{seconds}</X-Amz-Expires><Expires>{ends}</Expires><ServerTime>{now}</ServerTime></Error>"
)


def refusal(address: str, now: datetime) -> Response | None:
    """What answers a link whose time is over; None for one whose is not, and for what is no link.

    The signature is not looked at: here any credentials do.
    """
    query = dict(parse_qsl(urlsplit(address).query))
    if "X-Amz-Expires" not in query or "X-Amz-Date" not in query:
        return None
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ends = signed + timedelta(seconds=int(query["X-Amz-Expires"]))
    if now <= ends:
        return None
    text = _ANSWER.format(seconds=query["X-Amz-Expires"], ends=_moment(ends), now=_moment(now))
    return Response(403, {"Content-Type": "application/xml"}, text.encode())


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
