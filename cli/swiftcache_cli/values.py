"""What is typed for an option, as the API takes it. A ValueError becomes the message of a usage error."""

import re
from typing import Any

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
_SCHEDULE = re.compile(r"(?P<every>\d+[hd])(?:@(?P<at>\d\d:\d\d))?:(?P<keep>\d+)")
_WINDOW = re.compile(r"(?:(?P<day>[a-z]+)@)?(?P<at>\d\d:\d\d)\+(?P<hours>\d+)h")


def memory(text: str) -> int:
    """Bytes of `512MB`, `1GB` or a plain number. As in the API, 1 MB is 1024 × 1024 bytes."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size: write for instance 512MB, 1GB, or a number of bytes")
    bytes_ = float(match[1]) * _UNITS[match[2].lower()]
    if bytes_ != int(bytes_):
        raise ValueError(f"{text!r} is no whole number of bytes")
    return int(bytes_)


def schedule(text: str) -> dict[str, Any] | None:
    """`1d@03:00:7` is each day at 03:00 UTC, of which 7 are kept; `6h:4` each 6 hours; `none` is none."""
    if text == "none":
        return None
    match = _SCHEDULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no schedule: write for instance 1d@03:00:7, 6h:4 or none")
    at = {"at": match["at"]} if match["at"] else {}
    return {"every": match["every"], **at, "keep": int(match["keep"])}


def window(text: str) -> dict[str, Any] | None:
    """`sunday@03:00+4h`, or `03:00+4h` for every day; `default` is one that the service chooses."""
    if text == "default":
        return None
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no window: write for instance sunday@03:00+4h, 03:00+4h or default")
    return {"day": match["day"], "at": match["at"], "hours": int(match["hours"])}


def settings(given: list[str]) -> dict[str, Any]:
    """`name=value`, as Redis calls them. `default` is the default again."""
    found: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise ValueError(f"{one!r} is no setting: write name=value, for instance maxmemory-samples=10")
        found[name] = _WORDS[value] if value in _WORDS else int(value) if _NUMBER.fullmatch(value) else value
    return found


_WORDS = {"true": True, "false": False, "default": None}
_NUMBER = re.compile(r"-?\d{1,18}")
