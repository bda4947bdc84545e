"""Cursors: where a list goes on, in a form that nobody is tempted to read or to make."""

import base64
import binascii
import re

from swiftcache.platform.errors import InvalidRequest


def encoded(place: str) -> str:
    """`place` is ASCII."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def decoded(cursor: str, form: str) -> str:
    """The place that a cursor stands for; `form` is a regular expression for it.

    Raises InvalidRequest for one that is not ours.
    """
    try:
        place = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        place = ""
    if not re.fullmatch(form, place):
        raise InvalidRequest("cursor is not one that this API gave", "/cursor")
    return place
