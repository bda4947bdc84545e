"""Points in time as texts."""

from datetime import UTC, datetime
from typing import Literal


def timestamp(at: datetime, precision: Literal["seconds", "milliseconds"] = "milliseconds") -> str:
    """RFC 3339 in UTC: `2024-03-15T10:30:00.000Z`, or without the fraction, as the public API shows createdAt."""
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
